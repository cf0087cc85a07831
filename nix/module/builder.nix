# A NixOS machine as a remote builder for cross-build. docs/builder-setup.md has the same for Debian, and says
# why each part is needed.
{ config, lib, ... }:
let
  cfg = config.services.cross-build-builder;
in
{
  options.services.cross-build-builder = {
    enable = lib.mkEnableOption "a remote builder for cross-build";
    user = lib.mkOption {
      type = lib.types.str;
      default = "nix";
      description = ''
        The user that runners log in as. Nix trusts this user, who can therefore do whatever root can.
      '';
    };
    authorizedKeys = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "ssh-ed25519 AAAA… ci" ];
      description = "Public keys whose private half is the action's input ssh-private-key.";
    };
    maxJobs = lib.mkOption {
      type = lib.types.either lib.types.ints.positive (lib.types.enum [ "auto" ]);
      default = "auto";
      description = "How many derivations are built at the same time; auto is one for each CPU.";
    };
    maxSessions = lib.mkOption {
      type = lib.types.ints.positive;
      default = 40;
      description = ''
        How many SSH sessions one connection may have: maxJobs and two more, or builds wait for one.
      '';
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.authorizedKeys != [ ];
        message = "services.cross-build-builder.authorizedKeys is empty: no runner could log in.";
      }
    ];

    users.groups.${cfg.user} = { };
    users.users.${cfg.user} = {
      isSystemUser = true;
      group = cfg.user;
      # The action runs commands in this user's shell: nologin would end them.
      useDefaultShell = true;
      # No terminal, and nothing is forwarded.
      openssh.authorizedKeys.keys = map (key: "restrict ${key}") cfg.authorizedKeys;
    };

    nix.settings = {
      trusted-users = [ cfg.user ];
      max-jobs = cfg.maxJobs;
      sandbox = true;
      sandbox-fallback = false;
    };

    services.openssh = {
      enable = true;
      # Nix's build hook opens a connection for each derivation.
      settings.MaxStartups = "200:30:400";
      extraConfig = ''
        Match User ${cfg.user}
          MaxSessions ${toString cfg.maxSessions}
          ClientAliveInterval 30
          ClientAliveCountMax 4
        Match All
      '';
    };

    # A file draining in it keeps new builds away.
    systemd.tmpfiles.rules = [ "d /run/cross-build 0755 root root -" ];
  };
}
