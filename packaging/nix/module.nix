# SPDX-License-Identifier: MIT
# A module of NixOS: services.openclaw-systemd.enable = true. What was run of it, and what not: packaging/README.md.
#
# NixOS keeps /etc/systemd/system read-only: openclaw-update adopt, which writes drop-ins there, does not work on it. The
# gateway is the unit of this package, openclaw-gateway.service.
{
  config,
  lib,
  pkgs,
  ...
}:

let
  cfg = config.services.openclaw-systemd;
  # What stops, starts or changes a gateway is never restarted because the system was rebuilt.
  untouched = {
    restartIfChanged = false;
    stopIfChanged = false;
  };
in
{
  options.services.openclaw-systemd = {
    enable = lib.mkEnableOption "the OpenClaw gateway's unit, its updater and its watchdog";

    package = lib.mkOption {
      type = lib.types.package;
      default = pkgs.callPackage ./package.nix { };
      defaultText = lib.literalExpression "pkgs.callPackage ./package.nix { }";
      description = "The package whose programs and units are used.";
    };

    gateway.enable = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether openclaw-gateway.service is started at boot. Install a release first: openclaw-update.";
    };

    nightlyUpdate = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether openclaw-update.timer brings OpenClaw to the newest version of its channel each night.";
    };

    settings = lib.mkOption {
      type = (pkgs.formats.ini { }).type;
      default = { };
      example = {
        update.channel = "latest";
      };
      description = "Settings of openclaw-helpers.ini(5), written over those of the package.";
    };

    node = lib.mkOption {
      type = lib.types.package;
      default = pkgs.nodejs;
      defaultText = lib.literalExpression "pkgs.nodejs";
      description = "The Node.js with npm that runs OpenClaw. One from the registry of npm does not run on NixOS.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [
      cfg.package
      cfg.node
    ];
    environment.etc = {
      "openclaw/helpers.ini".source = "${cfg.package}/etc/openclaw/helpers.ini";
      "openclaw/helpers.ini.d/90-nixos.ini".source =
        (pkgs.formats.ini { }).generate "90-nixos.ini" (
          lib.recursiveUpdate {
            gateway.node = "${cfg.node}/bin/node";
            node.source = "system";
          } cfg.settings
        );
    };

    users.users = {
      openclaw = {
        isSystemUser = true;
        group = "openclaw";
        home = "/var/lib/openclaw";
        description = "OpenClaw gateway";
      };
      openclaw-fetch = {
        isSystemUser = true;
        group = "openclaw-fetch";
        home = "/var/lib/openclaw-fetch";
        description = "OpenClaw updater, fetching";
      };
      openclaw-finish = {
        isSystemUser = true;
        group = "openclaw-finish";
        extraGroups = [ "openclaw-fetch" ];
        home = "/var/lib/openclaw-fetch";
        description = "OpenClaw updater, finishing";
      };
    };
    users.groups = {
      openclaw = { };
      openclaw-fetch = { };
      openclaw-finish = { };
    };

    systemd.packages = [ cfg.package ];
    systemd.tmpfiles.packages = [ cfg.package ];
    systemd.services = {
      openclaw-gateway = untouched // {
        # The unit looks for node in /usr/bin, which NixOS does not have.
        serviceConfig.ExecSearchPath = [
          ""
          "${cfg.node}/bin"
        ];
        wantedBy = lib.optional cfg.gateway.enable "multi-user.target";
      };
      openclaw-update = untouched;
      "openclaw-update@" = untouched;
      "openclaw-update-gateway@" = untouched;
      openclaw-update-recover = untouched // {
        wantedBy = [ "multi-user.target" ];
      };
      openclaw-update-resume = untouched // {
        wantedBy = [ "multi-user.target" ];
      };
      openclaw-watchdog.wantedBy = [ "multi-user.target" ];
    };
    systemd.timers.openclaw-update.wantedBy = lib.optional cfg.nightlyUpdate "timers.target";
  };
}
