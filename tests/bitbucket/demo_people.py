"""The people of the demo world, one of each kind that has ever broken a client."""

ZONES = {"jdoe": "+0200", "first.last": "-0500", "mira": "+0530", "kenji": "+0900", "amara": "+0000",
         "gone.person": "-0330", "nomail": "+1300"}


class People:
    """Reached by name: people["jdoe"]."""

    def __init__(self, world):
        add = world.add_user
        everybody = [
            add("admin", "Administrator", "admin@example.com", password="admin", permission="SYS_ADMIN"),
            add("flow-service", "Flow Service", "flow@example.com", password="s3cret pass:wörd", permission="ADMIN"),
            add("reader", "Rita Reader", "reader@example.com", password="reader"),
            add("üser@example.com", "Ümit \"Üser\" Öz", "user@example.com", password="pässwörd€"),
            add("jdoe", "Jane Doe", "jdoe@example.com", password="jdoe"),
            add("first.last", "First O'Last", "first.last@example.com", password="first"),
            add("mira", "Mira Nair-Łukasz", "mira@example.com", password="mira"),
            add("kenji", "健二 佐藤", "kenji@example.com", password="kenji"),
            add("amara", "Amara <Okafor>", "amara@example.com", password="amara"),
            add("gone.person", "Gone Person", "gone@example.com", active=False),
            add("nomail", "No Mail", None, password="nomail"),
            add("build-bot", "Build Bot", "bot@example.com", password="bot", type="SERVICE")]
        self._by_name = {user.name: user for user in everybody}

    def __getitem__(self, name):
        return self._by_name[name]


def signature(user):
    """Name and address as this person's git is configured."""
    name = user.display_name.replace("<", "").replace(">", "")
    return name, user.email or f"{user.name}@localhost"


def zone(user):
    return ZONES.get(user.name, "+0000")
