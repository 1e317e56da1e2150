# CMake with ctest
# policy: build
# needs: cmake g++ make ctest
printf 'cmake_minimum_required(VERSION 3.10)\nproject(p CXX)\nenable_testing()\nadd_executable(p p.cpp)\nadd_test(NAME t COMMAND p)\n' >CMakeLists.txt
printf '#include <thread>\n#include <iostream>\nint main() { std::thread([] { std::cout << "hello\\n"; }).join(); }\n' >p.cpp
cmake -B build . >/dev/null && cmake --build build -j2 >/dev/null && build/p && cd build && ctest | grep -c Passed
