#!/usr/bin/env python3
"""Makes and exports a ledger of more than two full bundles: make_ledger.py POSTERN WORK. Its export is WORK/export."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "durability"))

from api import Api, Command
from server import Server
from world import MODE, STATEMENT, World

# Two full tiles of 256 and a partial one, of which the hash of each full one stands on the level above.
ATTESTATIONS = 600


def main():
    postern, folder = sys.argv[1:]
    world = World(folder, postern)
    world.make()
    server = Server(world.serve_command())
    try:
        server.start()
        server.wait_until_serving()
        api = Api(world.socket)
        token, _ = world.login(api, "chie")
        for number in range(ATTESTATIONS):
            body = {"mode": MODE, "statement": STATEMENT}
            command = Command("chie", "/api/v1/attestations", body, f"k{number}", ["attestation.made"], {})
            api.carry_out(command, token)
        api.close()
        server.stop()
    finally:
        server.end()
    world.run("ledger", "export", str(world.folder / "export"), "--state", str(world.state))


if __name__ == "__main__":
    main()
