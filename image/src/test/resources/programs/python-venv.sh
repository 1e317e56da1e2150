# Python: a virtual environment, pip install of a local wheel and of a source tree
# policy: build
# needs: python3
mkdir w && cat >mk.py <<'P'
import zipfile
with zipfile.ZipFile('w/hello-1.0-py3-none-any.whl', 'w') as z:
    z.writestr('hello.py', 'def main(): print("hello")\n')
    z.writestr('hello-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n')
    z.writestr('hello-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n')
    z.writestr('hello-1.0.dist-info/entry_points.txt', '[console_scripts]\nhello = hello:main\n')
    z.writestr('hello-1.0.dist-info/RECORD', '')
P
python3 mk.py && python3 -m venv v && v/bin/pip install -q --no-index --find-links w hello && v/bin/hello && v/bin/pip list --format=freeze 2>/dev/null | grep hello
