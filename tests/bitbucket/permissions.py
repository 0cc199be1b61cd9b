"""Who may see what."""


def may_read_repository(login, repository, public_access=False):
    """A listing may show what one is refused to read."""
    return may_see_repository(login, repository, public_access) and not is_refused(login, repository)


def is_refused(login, repository):
    return login.user is not None and login.user.name in repository.refused


def may_see_repository(login, repository, public_access=False):
    user, token, project = login.user, login.token, repository.project
    if is_refused(login, repository) and not repository.refused_is_listed:
        return False
    if user is None:
        return public_access and (repository.public or project.public)
    if token and token.kind != "personal":
        return token.repository is repository or token.project is project
    if user.is_admin or repository.public or project.public or project.owner is user:
        return True
    if user.name in repository.readers:
        return True
    return not project.is_personal and (project.readers is None or user.name in project.readers)


def may_see_project(login, project, public_access=False):
    user, token = login.user, login.token
    if any(may_see_repository(login, r, public_access) for r in project.repositories.values()):
        return True
    if user is None:
        return public_access and project.public
    if token and token.kind != "personal":
        return token.project is project
    if user.is_admin or project.public or project.owner is user:
        return True
    return not project.is_personal and (project.readers is None or user.name in project.readers)


def may_administer(login):
    """No token ever passes, not even a system administrator's."""
    return login.user is not None and login.token is None and login.user.is_admin
