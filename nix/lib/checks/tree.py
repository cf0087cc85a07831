"""tree.py FOLDER CPU-OS: fails where a file below the folder is for another CPU, as a binary is that was compiled elsewhere and downloaded."""

import sys

from elf import list_files, name_of, read_machine

SHOWN = 5


def main():
    folder, system = sys.argv[1:]
    cpu, kernel = system.split("-")
    own = "macOS" if kernel == "darwin" else cpu
    machines = ((file, read_machine(file)) for file in list_files(folder))
    foreign = [(file, name_of(machine)) for file, machine in machines if machine is not None and name_of(machine) != own]
    for file, name in foreign[:SHOWN]:
        print(f"cross-build: {file} is for {name}, not for {own}", file=sys.stderr)
    if foreign:
        more = f", and {len(foreign) - SHOWN} more" if len(foreign) > SHOWN else ""
        sys.exit(f"cross-build: {len(foreign)} file(s) for another CPU{more}: leave that package out, or let it be compiled from its sources")


if __name__ == "__main__":
    main()
