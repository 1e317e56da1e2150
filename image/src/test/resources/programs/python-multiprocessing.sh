# Python: multiprocessing with Pool, Lock, Queue, shared memory
# policy: build
# needs: python3
# no view: there is no /dev/shm of the run's own
cat >m.py <<'P'
from multiprocessing import Lock, Pool, Process, Queue, shared_memory, get_context
def f(x): return x * x
def g(q, l):
    with l: q.put('from a process')
if __name__ == '__main__':
    with Pool(3) as p: print(p.map(f, range(6)))
    q, l = Queue(), Lock(); p = Process(target=g, args=(q, l)); p.start(); print(q.get()); p.join()
    s = shared_memory.SharedMemory(create=True, size=10); s.buf[0] = 7; t = shared_memory.SharedMemory(s.name); print(t.buf[0]); t.close(); s.close(); s.unlink()
    with get_context('spawn').Pool(2) as p: print(p.map(f, [3]))
P
python3 m.py
