"""An authority of tests, and the certificates that it signs."""

import os
import shutil
import subprocess
import tempfile
import time

import hosting  # makes tap known

from tap import Skip


class Certificates:
    """An authority, and certificates that it signs."""

    def __enter__(self):
        if not shutil.which("openssl"):
            raise Skip("there is no openssl")
        self.folder = tempfile.mkdtemp(prefix="source-host-tls-")
        self.authority = self.path("ca.pem")
        self.write("ca.conf", f"""[ca]
default_ca = it
[it]
dir = {self.folder}
database = $dir/index
serial = $dir/serial
new_certs_dir = $dir
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
""")
        self.write("index", "")
        self.write("serial", "01\n")
        self.openssl("req", "-x509", *self.new_key("ca.key"), "-out", self.authority, "-days", "2", "-subj", "/CN=Test CA")
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
        return self.path(name)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                       stdin=subprocess.DEVNULL)

    def new_key(self, name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.path(name))

    def signed(self, name, begins=-1, ends=1, names="IP:127.0.0.1"):
        """Files of a certificate and its key; it is valid between two days from now."""
        def day(number):
            return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + number * 86400))
        self.openssl("req", *self.new_key(name + ".key"), "-out", self.path("csr.pem"), "-subj", "/CN=" + name,
                     "-addext", "subjectAltName=" + names)
        self.openssl("ca", "-batch", "-notext", "-config", self.path("ca.conf"), "-cert", self.authority, "-keyfile",
                     self.path("ca.key"), "-in", self.path("csr.pem"), "-out", self.path(name + ".pem"), "-startdate",
                     day(begins), "-enddate", day(ends))
        return self.path(name + ".pem"), self.path(name + ".key")

    def options(self, **settings):
        """Options of a fake that has such a certificate."""
        cert, key = self.signed("server", **settings)
        return "--tls-cert", cert, "--tls-key", key
