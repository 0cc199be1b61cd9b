"""What changed between versions of Bitbucket Server, as far as a client can see it."""


class Version:
    def __init__(self, text):
        self.text = text
        self.numbers = tuple(int(part) for part in text.split("."))
        if len(self.numbers) != 3:
            raise ValueError(f"a version is X.Y.Z, not {text!r}")

    def since(self, *numbers):
        return self.numbers >= numbers

    @property
    def build_number(self):
        major, minor, patch = self.numbers
        return str(major * 1000000 + minor * 1000 + patch)

    @property
    def names_caller_in_clone_links(self):
        return not self.since(6)

    @property
    def has_rate_limits(self):
        return self.since(6, 6)

    @property
    def has_hierarchy_ids(self):
        return self.since(7)

    @property
    def has_blocker_comments(self):
        """Before, a comment carried a list of tasks instead."""
        return self.since(7)

    @property
    def has_lazy_pull_request_heads(self):
        """Git gets refs/pull-requests/N/from once somebody has looked at the changes."""
        return self.since(7)

    @property
    def has_properties_on_single_pull_request(self):
        return self.numbers[0] != 6

    @property
    def has_default_branch_resource(self):
        return self.since(7, 5)

    @property
    def has_archived_repositories(self):
        return self.since(8)

    @property
    def has_ref_types(self):
        return self.since(8)

    @property
    def has_resolved_threads(self):
        return self.since(8)

    @property
    def has_auto_merge(self):
        return self.since(8, 15)

    @property
    def has_drafts(self):
        return self.since(8, 18)

    @property
    def has_review_activities(self):
        return self.since(9)

    @property
    def has_path_objects(self):
        """Of anchors; the documents of 9.x have them too, but what was recorded had text."""
        return self.since(10)

    @property
    def keeps_tokens_to_rest_and_scm(self):
        line = self.numbers[:2]
        if line == (8, 9):
            return self.since(8, 9, 22)
        if line == (8, 19):
            return self.since(8, 19, 12)
        return self.since(9, 3, 2)
