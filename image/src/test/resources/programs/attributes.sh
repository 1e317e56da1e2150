# Extended attributes and access lists of files
# policy: build
# needs: python3
# no view: Landlock does not cover attributes, so they cannot be changed
cat >x.py <<'P'
import os, shutil
open('f', 'w').write('x')
os.setxattr('f', 'user.a', b'b'); shutil.copy2('f', 'g'); print(os.getxattr('g', 'user.a'), os.listxattr('f'))
os.removexattr('f', 'user.a'); print(os.listxattr('f'))
P
python3 x.py 2>&1
