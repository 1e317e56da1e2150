# Maven: a parent and an extension from the repository with nothing but the group @maven
# policy: build
# network: --net-allow @maven
# no view: there is no layer for its cache, and the policy grants none of the home
# needs: mvn java openssl
export MAVEN_OPTS="-Dmaven.repo.local=$HOME/.m2/repository -Djavax.net.ssl.trustStore=$PWD/trust -Djavax.net.ssl.trustStorePassword=changeit"
cat >pom.xml <<'EOF'
<project><modelVersion>4.0.0</modelVersion><artifactId>t</artifactId><packaging>pom</packaging>
<parent><groupId>test</groupId><artifactId>parent</artifactId><version>1.0.0</version><relativePath/></parent>
<build><extensions><extension><groupId>test</groupId><artifactId>forty-two</artifactId><version>1.0.0</version></extension></extensions></build>
</project>
EOF
mvn -B -q validate && ls ~/.m2/repository/test/* && mvn -B -q -o validate && unzip -p ~/.m2/repository/test/forty-two/1.0.0/*.jar answer.txt
