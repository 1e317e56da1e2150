# jq, bc, ed, patch and diff
# policy: build
# needs: jq bc ed patch diff
# no view: ed keeps its buffer in /tmp, whatever TMPDIR says
echo '{"a":[1,2,{"b":"c"}]}' | jq -c '.a[2].b, (.a[:2] | add)'; echo '2^64; scale=5; 4*a(1)' | bc -l
printf 'one\ntwo\n' >f; cp f g; printf '2s/two/three/\nw\nq\n' | ed -s f; diff -u --label a --label b g f >p; patch -s g <p && cmp f g && cat p
