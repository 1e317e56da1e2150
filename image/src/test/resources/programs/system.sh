# uname, id, getent, locale, date, hostname, nproc, free, df, env
# policy: build
# needs: getent locale
uname -srm; id -u; getent passwd "$(id -u)"; getent hosts localhost >/dev/null; echo $?; locale -a | grep -cx C; TZ=Europe/Paris date -d @0 +%F_%T_%Z; nproc; free | wc -l
df -P . | wc -l; hostname | wc -l; ls /proc/self/fd >/dev/null && echo fds; cat /proc/sys/kernel/ostype
