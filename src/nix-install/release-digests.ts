import { digestOfHex, type Digest } from "../model/digest.js";
import type { System } from "../model/system.js";

/**
 * The SHA-256 of upstream's tarballs, nix-VERSION-SYSTEM.tar.xz, as far as public sources have them. The
 * sources are the install script of each release, https://releases.nixos.org/nix/nix-VERSION/install, and
 * public repositories that copy this script or pin the tarball; a comment names them. A release without a row
 * is verified against the `.sha256` published beside it.
 */
export const DIGESTS: Readonly<Record<string, Readonly<Partial<Record<string, string>>>>> = {
  "2.35.2": {
    // A complete copy of the release's `install`: its own SHA-256 is the one that Quince-Pie/stackma@27d72f5
    // (scripts/ci/install-nix.sh) pins.
    "x86_64-linux": "0c3960a9792331a22081c3c7a5d8465db9b17c50b3acdf18587fa4c6f2cb1158",
    "aarch64-linux": "4d0302a2910f5eec1c33b8deef634f04899a75737e7001ec49908d003ae5efda",
    "x86_64-darwin": "d725518d89f3b0b8d4af702a9d38d519814014cbe125afb3ed0545c9d755f6a5",
    "aarch64-darwin": "1695c13aba5afa7c2ecd6dc4a9393f602e7bbc440ed45e81602c831546580ec3",
  },
  "2.35.1": {
    // The release's `install`
    "x86_64-linux": "c3fe29778acaa93b5095ee66e36f11ec7c6a284c40970a24cc83ac4f04809db3",
    "aarch64-linux": "79b739996f1751573b4d2b56e4ae607855184c711f2cc1274fa0952a13d4bfc9",
    "x86_64-darwin": "1a932047a6e563acbd86024599bb377cbceca4dc6934a49f62a41ea1d9bdcb1b",
    "aarch64-darwin": "414e073c4754e0c9eed1dd25e482af45213a34aa67c930201e35df7c8333c19a",
  },
  "2.34.8": {
    // https://releases.nixos.org/nix/nix-2.34.8/nix-2.34.8-SYSTEM.tar.xz.sha256, as quoted by public files
    // that agree with each other. None was found for the other systems.
    "x86_64-linux": "2c2e146b80834fe0ca201b51deeb939405b4f18e8d2071bf80b10f8123c50464",
    "aarch64-darwin": "ae3b2b1a74b956110d14dd813bee80ea46626a51ddce28d142e0805379a34acf",
  },
  "2.34.7": {
    // danielrolls/nix-install@821e417 (defaults/main.yml)
    "x86_64-linux": "eafe5042404e818505e28c5ca3d0885f3ec45c31f955489a25bb38258f87560e",
  },
  "2.34.6": {
    // danielrolls/nix-install@a989a75 (defaults/main.yml) and the release's `install`
    "x86_64-linux": "311b9f406f0239ef640a1e3fbea1df1bac9d3a7c316c4def30df3206dd964960",
    // The release's `install`
    "aarch64-linux": "09edae3ed146b1a47de84eda6135ef12ee74783d409e7a207c912cb94e14aa35",
    "x86_64-darwin": "ae58c8c91e3951602869e5a502621edb1bdde8ab20436f488a29af6a0aecd846",
    "aarch64-darwin": "596ae5555acfb497723934b98b66b7d638eb8f7d856975466f2c1217ce94f8a1",
  },
  "2.34.5": {
    // danielrolls/nix-install@b91e3a7 (defaults/main.yml)
    "x86_64-linux": "0a0462692a10ff1eb8a608f713f38d1f25a208ad55963a9c00b239da398de5a1",
  },
  "2.34.4": {
    // danielrolls/nix-install@d613820 (defaults/main.yml) and the release's `install`
    "x86_64-linux": "595669eb6db6117135ca8ba6667b273eaf980a47523a92e61ed963556cd547b8",
    // The release's `install`
    "aarch64-linux": "11f5dca5e2eccd7fca31d84ee16fbe18e8752c45a9ca223a1e55aaa16548a48b",
    "x86_64-darwin": "c79f15a0f9cb1700103bc5ae2b96b8cab58bd53208800a1b477ccb718696b5af",
    "aarch64-darwin": "f283897495c8e2929deeb822e4b56055f691c8a2aa6ccc966c9a40ed551fa71c",
  },
  "2.34.0": {
    // danielrolls/nix-install@ab2c8aa (defaults/main.yml)
    "x86_64-linux": "5676b0887f1274e62edd175b6611af49aa8170c69c16877aa9bc6cebceb19855",
  },
  "2.33.3": {
    // danielrolls/nix-install@bdf5767 (defaults/main.yml) and the release's `install`
    "x86_64-linux": "96c5035a63699a12301566fca7838bb1264c3b0894dc0f610101726753e52ac2",
    // The release's `install`
    "aarch64-linux": "15e3a7fca83b28170be0e6a1dff2c6645529f899c76e789575c8ce9b3251bb2d",
    "x86_64-darwin": "fbadda2f407d73409b444ab21386b5f713947e474ee4f4f96a9cbc6ccd9f853b",
    "aarch64-darwin": "0781837b43d0234933141f6305c8a8fec6d49f3d2b245ee5b7c4e5d2a4a39c38",
  },
  "2.33.0": {
    // danielrolls/nix-install@fed2e92 (defaults/main.yml)
    "x86_64-linux": "54af61e36635af71cbfa0ca152bf4a1d25d23806536dbd39ee95d54145bd8f01",
  },
  "2.32.4": {
    // danielrolls/nix-install@6d97010 (defaults/main.yml)
    "x86_64-linux": "0737755f3106e8dffbf26a77af398888e8421974b91fe2b86052c891f71e16b5",
  },
  "2.31.4": {
    // The release's `install`
    "x86_64-linux": "a21fde5116b1f28ef4990cc9fdb2b5002cff43bbd85171e199f2e72b7fc0b9fa",
    "aarch64-linux": "3fdef0c5638853dc78136d27583984e42d16d5e9c1d9569eb0fbec8aed966daf",
    "x86_64-darwin": "e06a1e30b05c707f5c554d213eb60b3282521998d1656d3e05868ff2abc870f6",
    "aarch64-darwin": "f023e8ed587cfd17809e6825aa46520f99b8e3c8c5c6faf3e308f84a839e2e13",
  },
  "2.31.2": {
    // danielrolls/nix-install@f5afe1b (defaults/main.yml)
    "x86_64-linux": "d1f67c86eed016214864ba08bfb9529c307aea7e8fafb74853f96fcc3bfd8a60",
  },
  "2.28.2": {
    // The release's `install`
    "x86_64-linux": "8808777ea0fc231bf131450bea32416f25eff49ea3ed025186e283ca6d4c5bba",
    "aarch64-linux": "33674a4b5b6c213e638e99b4be7e6f005a9b2569297623e26763f6a0b746d503",
    "x86_64-darwin": "49a06a56f1f9f1e6eea0b1c86587508b1b610b2ad9a111d96a79e33158e28d6f",
    "aarch64-darwin": "0687f4f4e0ffd479f3dcc3616820a22a6eac19faa250b90b5cbdfb16377adddb",
  },
};

/** The digest of an upstream release; undefined if the table does not have it. */
export function findReleaseDigest(version: string, system: System): Digest | undefined {
  const hex = Object.hasOwn(DIGESTS, version) ? DIGESTS[version]?.[system] : undefined;
  return hex === undefined ? undefined : digestOfHex(hex);
}
