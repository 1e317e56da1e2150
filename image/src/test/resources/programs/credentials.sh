# Credentials in the home directory
# policy: agent
# needs: cat
# not inside: what no policy grants does not exist inside
cat ~/.ssh/id_test ~/.aws/credentials ~/.netrc ~/.npmrc 2>/dev/null; echo $?
