"""Runs a command under what the default seccomp profile of Docker says to name spaces and mounts: EPERM, and ENOSYS to clone3."""
import ctypes
import os
import struct
import sys

EPERM, ENOSYS = 1, 38
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
# unshare, mount, umount2, pivot_root, setns, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr
REFUSED = [272, 165, 166, 155, 308, 428, 429, 430, 431, 432, 433, 442]
CLONE, CLONE3, CLONE_NEW = 56, 435, 0x7E020000


def statement(code, k, true=0, false=0):
    return struct.pack("HBBI", code, true, false, k & 0xFFFFFFFF)


LOAD, EQUAL, ANY, RETURN = 0x20, 0x15, 0x45, 0x06
program = [statement(LOAD, 0)]
for number in REFUSED:
    program += [statement(EQUAL, number, 0, 1), statement(RETURN, ERRNO | EPERM)]
program += [statement(EQUAL, CLONE3, 0, 1), statement(RETURN, ERRNO | ENOSYS)]
program += [statement(EQUAL, CLONE, 0, 3), statement(LOAD, 16), statement(ANY, CLONE_NEW, 0, 1), statement(RETURN, ERRNO | EPERM)]
program += [statement(RETURN, ALLOW)]
code = b"".join(program)
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(code)
header = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
holder = ctypes.create_string_buffer(header)
if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, holder, 0, 0) != 0:
    sys.exit(77)
os.execvp(sys.argv[1], sys.argv[1:])
