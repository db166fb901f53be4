"""Does the test bed itself stand? Starts every part once, and has the gateway allow and refuse what AWS would.

    /usr/bin/python3 parts_test.py [CASE[.TEST]…]

Exit code 0, 1, or 77 when a part is missing.
"""
import json
import os
import signal
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree as ET

import world
from accounts import AccessKey, NotReallyThere
from bed import EMERGENCY, GROUP, Bed, Case
from gateway_cases import Faults, HopOne, HopTwo, OtherCalls, ServiceControlPolicies  # noqa: F401: to be found and run


class Clients(Case):
    def test_the_aws_cli_goes_where_the_environment_says(self):
        variables = {"AWS_ENDPOINT_URL": self.bed.gateway.url, **self.bed.keys["aiko"].variables()}
        done = world.aws_cli(self.bed.work, "sts", "get-caller-identity", **variables)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["Arn"], f"arn:aws:iam::{EMERGENCY}:user/aiko")

    def test_the_sdk_for_javascript_does_too(self):
        variables = {"AWS_ENDPOINT_URL": self.bed.gateway.url, **self.bed.keys["ben"].variables()}
        done = world.node(self.bed.work, "caller_identity.mjs", **variables)
        self.assertEqual((done.returncode, done.stdout.strip()), (0, f"arn:aws:iam::{EMERGENCY}:user/ben"), done.stderr)

    def test_autoscaling_mjs_takes_credentials_from_a_process(self):
        session = self.bed.both_hops()
        document = {
            "Version": 1,
            "AccessKeyId": session.access_key_id,
            "SecretAccessKey": session.secret_access_key,
            "SessionToken": session.session_token,
        }
        credentials = self.bed.work / "credentials.json"
        credentials.write_text(json.dumps(document))
        config = self.bed.work / "config"
        config.write_text(f"[profile emergency]\ncredential_process = cat {credentials}\n")
        variables = {"AWS_ENDPOINT_URL": self.bed.gateway.url, "AWS_CONFIG_FILE": config}
        done = world.node(self.bed.work, "autoscaling.mjs", "emergency", GROUP, "7", **variables)
        self.assertEqual((done.returncode, done.stdout), (0, "7\n"), done.stderr)

    def test_an_enforcing_moto_checks_signatures(self):
        with world.Moto(self.bed.work, enforcing=True, name="enforcing") as moto:
            with moto.set_up():
                account = moto.account_session(EMERGENCY)
                account.deploy(world.HERE / "shapes/emergency.json")
                key = account.make_access_key("aiko")
            call = ("sts", "get-caller-identity")
            self.assertEqual(world.aws_cli(self.bed.work, *call, AWS_ENDPOINT_URL=moto.url, **key.variables()).returncode, 0)
            wrong = AccessKey(key.access_key_id, "wrong").variables()
            self.assertIn("SignatureDoesNotMatch", world.aws_cli(self.bed.work, *call, AWS_ENDPOINT_URL=moto.url, **wrong).stderr)


class Deploying(Case):
    def test_notices_what_moto_only_claims_to_have_made(self):
        template = {"Resources": {"G": {"Type": "AWS::IAM::Group", "Properties": {"GroupName": "g"}}}}
        path = self.bed.work / "claimed.json"
        path.write_text(json.dumps(template))
        self.assertRaises(NotReallyThere, self.bed.workload.deploy, path)

    def test_makes_up_for_managed_policies(self):
        template = json.loads((world.HERE / "shapes/workload.json").read_text())
        role = template["Resources"]["Ops"]
        role["Properties"].update(RoleName="Reader", ManagedPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"])
        path = self.bed.work / "managed.json"
        path.write_text(json.dumps({"Resources": {"Reader": role}}))
        self.assertRaises(NotReallyThere, self.bed.moto.account_session("300000000002").deploy, path)
        self.bed.moto.account_session("300000000003").deploy(path, attach_managed_policies=True)

    def test_templates_are_valid(self):
        good = [str(world.HERE / "shapes" / name) for name in ("emergency.json", "workload.json")]
        bad = self.bed.work / "bad.json"
        bad.write_text((world.HERE / "shapes/workload.json").read_text().replace('"Effect": "Allow"', '"Effect": "Alow"'))
        self.assertEqual(world.node(self.bed.work, "validate_templates.cjs", "--strict", *good).returncode, 0)
        self.assertEqual(world.node(self.bed.work, "validate_templates.cjs", str(bad)).returncode, 1)


class IdentityProviders(Case):
    def test_are_two_and_die_when_stopped(self):
        with world.SimpleSamlPhp(self.bed.work, "idp-one") as one, world.SimpleSamlPhp(self.bed.work, "idp-two") as two:
            ids = [ET.fromstring(world.http(each.metadata_url)[1]).attrib["entityID"] for each in (one, two)]
            self.assertEqual(ids, ["https://idp-one.example/idp", "https://idp-two.example/idp"])
            one.lose_certificate()
            status, body = world.http(one.metadata_url)
            self.assertNotIn(b"EntityDescriptor", body)
            one.find_certificate()
            self.assertTrue(one.answers())
            one.stop()
            self.assertRaises(OSError, world.http, one.metadata_url)
            self.assertTrue(two.answers())
            two.hang()
            self.assertRaises(OSError, world.http, two.metadata_url, timeout=0.5)
            two.resume()
            self.assertTrue(two.answers())
        self.assertRaises(OSError, world.http, two.metadata_url)

    def test_die_with_whoever_started_them(self):
        program = (
            "import sys, time, pathlib, world\n"
            "idp = world.SimpleSamlPhp(pathlib.Path(sys.argv[1]), 'orphan')\n"
            "idp.start()\n"
            "print(idp.pid, flush=True)\n"
            "time.sleep(60)\n"
        )
        starter = subprocess.Popen(
            [sys.executable, "-c", program, str(self.bed.work)], stdout=subprocess.PIPE, text=True, cwd=world.HERE
        )
        pid = int(starter.stdout.readline())
        os.kill(starter.pid, signal.SIGKILL)
        starter.wait()
        starter.stdout.close()
        for _ in range(40):
            if not os.path.exists(f"/proc/{pid}") or " Z " in open(f"/proc/{pid}/stat").read():
                return
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        self.fail("the identity provider outlived the program that had started it")


def main():
    with world.work_folder() as work, world.Moto(work) as moto, world.Gateway(work, moto) as gateway:
        Case.bed = Bed(work, moto, gateway)
        tests = unittest.defaultTestLoader
        module = sys.modules["__main__"]
        chosen = tests.loadTestsFromNames(sys.argv[1:], module) if sys.argv[1:] else tests.loadTestsFromModule(module)
        result = unittest.TextTestRunner(verbosity=1).run(chosen)
        broken = [each for each in gateway.decisions() if each["verdict"] == "Broken"]
        if broken:
            print(f"The gateway broke: {broken[0]['reason']}", file=sys.stderr)
        if broken or not result.wasSuccessful():
            raise SystemExit(1)


if __name__ == "__main__":
    main()
