#!/bin/sh
# Builds the native part of aws-lambda-ric: curl, AWS's client in C++, and the module that Node loads.
#
#   NODE=… NODE_HOME=… CMAKE=… build-runtime-client.sh <the folder node_modules>
#
# The package's own scripts want autotools for curl and download Node's headers. Here cmake builds curl too, and the
# headers are those in NODE_HOME/include/node.
set -eu

modules=$1
cd "$modules/aws-lambda-ric/deps"
. ./versions
built=$PWD/artifacts

tar xzf "curl-$CURL_VERSION.tar.gz" --no-same-owner
tar xzf "aws-lambda-cpp-$AWS_LAMBDA_CPP_RELEASE.tar.gz" --no-same-owner

build() {
  source=$1
  shift
  "$CMAKE" -S "$source" -B "$source/built" -DCMAKE_BUILD_TYPE=Release -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
    -DCMAKE_INSTALL_PREFIX="$built" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_PREFIX_PATH="$built" "$@"
  "$CMAKE" --build "$source/built" --target install
}

# What the package's own script switches off: all but plain HTTP to the runtime API.
build "curl-curl-$CURL_VERSION" -DBUILD_SHARED_LIBS=OFF -DBUILD_CURL_EXE=OFF -DBUILD_TESTING=OFF -DHTTP_ONLY=ON \
  -DCURL_ENABLE_SSL=OFF -DCURL_USE_LIBSSH2=OFF -DCURL_ZLIB=OFF -DENABLE_IPV6=OFF -DENABLE_MANUAL=OFF \
  -DENABLE_THREADED_RESOLVER=OFF -DENABLE_UNIX_SOCKETS=OFF -DUSE_LIBIDN2=OFF
build "aws-lambda-cpp-$AWS_LAMBDA_CPP_RELEASE"

cd ..
# What binding.gyp asks is answered by the same Node.
PATH="$(dirname "$NODE"):$PATH" "$NODE" "$modules/node-gyp/bin/node-gyp.js" rebuild --nodedir="$NODE_HOME"
cp build/Release/rapid-client.node dist/
rm -rf build deps/artifacts "deps/curl-curl-$CURL_VERSION" "deps/aws-lambda-cpp-$AWS_LAMBDA_CPP_RELEASE"
