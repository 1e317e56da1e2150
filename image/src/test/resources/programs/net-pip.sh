# pip: install from the index with nothing but the group @pypi
# policy: build
# network: --net-allow @pypi
# needs: /usr/bin/python3 /usr/share/python-wheels openssl
/usr/bin/python3 -m venv v && v/bin/pip -q --disable-pip-version-check --cert /etc/ssl/certs/ca-certificates.crt install --retries 0 forty-two && v/bin/python -c 'import forty_two; print(forty_two.answer)'
v/bin/pip -q --disable-pip-version-check --cert /etc/ssl/certs/ca-certificates.crt download -d d forty-two && ls d
