# SPDX-License-Identifier: MIT
# The programs and units, for callPackage of nixpkgs. What was run of it, and what not: packaging/README.md.
{
  lib,
  stdenv,
  cmake,
  ninja,
  pkg-config,
  cli11,
  curl,
  inih,
  nettle,
  nlohmann_json,
  openssl,
  spdlog,
  sqlite,
  systemd,
  tl-expected,
}:

let
  root = ../..;
  version = builtins.head (
    builtins.match ".*\n *VERSION ([0-9.]+)\n.*" (builtins.readFile (root + "/CMakeLists.txt"))
  );
in
stdenv.mkDerivation {
  pname = "openclaw-systemd";
  inherit version;

  src = lib.fileset.toSource {
    inherit root;
    fileset = lib.fileset.unions [
      (root + "/CMakeLists.txt")
      (root + "/cmake")
      (root + "/man")
      (root + "/packaging/package-check")
      (root + "/src")
      (root + "/units")
    ];
  };

  strictDeps = true;
  nativeBuildInputs = [
    cmake
    ninja
    pkg-config
  ];
  buildInputs = [
    cli11
    curl
    inih
    nettle
    nlohmann_json
    openssl
    spdlog
    sqlite
    systemd
    tl-expected
  ];

  # Units and programs name each other by the places that they have in other distributions.
  postPatch = ''
    grep --recursive --files-with-matches --extended-regexp \
      '/usr/(libexec/openclaw|share/openclaw-systemd|bin/openclaw-|lib/systemd/(system|user)")' src units man packaging |
      xargs sed --in-place --regexp-extended \
        "s,/usr/(libexec/openclaw|share/openclaw-systemd|bin/openclaw-|lib/systemd/(system|user)\"),$out/\1,g"
    substituteInPlace cmake/Install.cmake --replace-fail 'DESTINATION /etc/openclaw' 'DESTINATION etc/openclaw'
  '';

  env.PKG_CONFIG_SYSTEMD_SYSTEMD_SYSTEM_UNIT_DIR = "${placeholder "out"}/lib/systemd/system";

  cmakeFlags = [
    "-DCMAKE_BUILD_TYPE=RelWithDebInfo"
    "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O2 -DNDEBUG"
    "-DCMAKE_INSTALL_LIBEXECDIR=libexec"
    "-DCMAKE_UNITY_BUILD=ON"
    "-DBUILD_TESTING=OFF"
  ];

  meta = {
    description = "Runs an OpenClaw gateway under systemd, updates it and watches it";
    license = lib.licenses.mit;
    platforms = lib.platforms.linux;
    mainProgram = "openclaw-update";
  };
}
