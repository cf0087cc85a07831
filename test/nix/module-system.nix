# Stands in for NixOS's module system, which the test's package set does not have: one module, whose options are
# those of services.cross-build-builder, with a user's settings. Merging and most types of NixOS are missing.
{ module, settings }:
let
  types = {
    bool = builtins.isBool;
    str = builtins.isString;
    ints.positive = value: builtins.isInt value && value > 0;
    enum = values: value: builtins.elem value values;
    either = first: second: value: first value || second value;
    listOf = check: value: builtins.isList value && builtins.all check value;
  };
  lib = {
    inherit types;
    mkOption = option: option;
    mkEnableOption = what: {
      type = types.bool;
      default = false;
      description = "Whether to enable ${what}.";
    };
    mkIf = condition: content: if condition then content else { };
  };

  evaluated = import module {
    inherit lib;
    config.services.cross-build-builder = builtins.mapAttrs read options;
  };
  options = evaluated.options.services.cross-build-builder;
  read = name: option:
    let value = settings.${name} or option.default;
    in if option.type value then value else throw "the option ${name} cannot be ${builtins.toJSON value}";
  unknown = removeAttrs settings (builtins.attrNames options);
in
if unknown != { } then throw "there is no option ${builtins.head (builtins.attrNames unknown)}"
else {
  inherit (evaluated) config;
  defaults = builtins.mapAttrs (_: option: option.default) options;
}
