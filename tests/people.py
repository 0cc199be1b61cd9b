"""What people do at a server, day by day."""

import random


class People:
    """What happens at the server, at random, but the same for the same seed."""

    def __init__(self, fake, seed):
        self.fake, self.random, self.made, self.alive = fake, random.Random(seed), 0, []
        for _ in range(6):
            self.create()

    def create(self):
        self.made += 1
        name = f"work{self.made}"
        self.fake.mutate("create_repository", project="PLAT", name=name, files={"README": name})
        self.alive.append({"path": f"PLAT/{name}", "pull_requests": []})

    def push(self, one):
        self.made += 1
        self.fake.mutate("push", repository=one["path"], branch="main", files={f"file{self.made}": "text\n"}, message="Work")

    def open(self, one):
        self.made += 1
        self.fake.mutate("push", repository=one["path"], branch=f"topic{self.made}", files={"topic": str(self.made)},
                         message="Topic")
        opened = self.fake.mutate("open", repository=one["path"], **{"from": f"topic{self.made}", "to": "main"},
                                  title=f"Topic {self.made}", reviewers=["mira"])
        one["pull_requests"].append(opened["pull_request"])

    def review(self, one):
        if one["pull_requests"]:
            at = {"repository": one["path"], "pull_request": self.random.choice(one["pull_requests"])}
            self.fake.mutate("comment", text=f"said {self.made}", **at)
            self.fake.mutate(self.random.choice(["approve", "needs_work", "unapprove"]), user="mira", **at)

    def close(self, one):
        if one["pull_requests"]:
            gone = one["pull_requests"].pop(0)
            self.fake.mutate(self.random.choice(["decline", "merge"]), repository=one["path"], pull_request=gone)

    def rename(self, one):
        self.made += 1
        self.fake.mutate("rename_repository", repository=one["path"], name=f"renamed{self.made}")
        one["path"] = one["path"].split("/")[0] + f"/renamed{self.made}"

    def move(self, one):
        key, slug = one["path"].split("/")
        key = "MOB" if key == "PLAT" else "PLAT"
        self.fake.mutate("move_repository", repository=one["path"], project=key)
        one["path"] = f"{key}/{slug}"

    def archive(self, one):
        self.fake.mutate("archive_repository", repository=one["path"], archived=self.random.random() < 0.5)

    def delete(self, one):
        if len(self.alive) > 4:
            self.fake.mutate("delete_repository", repository=one["path"])
            self.alive.remove(one)

    def work(self):
        """One day of theirs."""
        often = [self.push] * 6 + [self.review] * 6 + [self.open] * 3 + [self.close] * 2
        for _ in range(self.random.randrange(5)):
            what = self.random.choice(often)
            what(self.random.choice(self.alive))
        for rare in (self.rename, self.move, self.archive, self.delete):
            if self.random.random() < 0.05:
                rare(self.random.choice(self.alive))
        if self.random.random() < 0.06:
            self.create()
