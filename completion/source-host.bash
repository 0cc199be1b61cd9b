# Completion of source-host for bash, and what completion/_source-host has for zsh: commands and options are those that
# --help tells, names are those of the store. No server is asked.
# shellcheck shell=bash

# The options of the program that were given, as --config DIR: the names are to be those of this very installation.
_source_host_where() {
    while [ $# -gt 0 ]; do
        case $1 in
        --config | --providers | --data | --store)
            [ $# -gt 1 ] || return
            printf '%s\n%s\n' "$1" "$2"
            shift
            ;;
        esac
        shift
    done
}

# The first word that is a command, and how many names follow it.
_source_host_command() {
    command="" names=0
    while [ $# -gt 0 ]; do
        case $1 in
        --config | --providers | --data | --store | --trace) [ $# -lt 2 ] || shift ;;
        -*) ;;
        *)
            if [ -z "$command" ]; then command=$1; else names=$((names + 1)); fi
            [ "$names" != 1 ] || connection=$1
            ;;
        esac
        shift
    done
}

_source_host_ask() {
    source-host "${where[@]}" "$@" 2>/dev/null
}

# The column behind connection and so many numbers, of a table, for one connection.
_source_host_column() {
    _source_host_ask export "$1" --format csv | sed -n "s/^\"$connection\"$(printf ',[0-9]*%.0s' $(seq "$2")),\"\([^\"]*\)\".*/\1/p"
}

# _source_host_words PREVIOUS CURRENT WORDS...: the candidates, a line each; WORDS are those before CURRENT
_source_host_words() {
    local previous=$1 current=$2 command names connection where=() word
    shift 2
    while IFS= read -r word; do where+=("$word"); done <<EOF
$(_source_host_where "$@")
EOF
    [ -n "${where[*]}" ] || where=()
    _source_host_command "$@"
    case $previous in
    --org) _source_host_column organization 1; return ;;
    --format) printf '%s\n' ndjson csv; return ;;
    esac
    case $current in
    -*)
        source-host ${command:+"$command"} --help 2>/dev/null | sed -n 's/^  \(--[a-z-]*\).*/\1/p'
        return
        ;;
    esac
    case $command:$names in
    :*) source-host --help | sed -n '/^commands:/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' ;;
    describe:0 | connect:0) _source_host_ask providers --json | sed -n 's/.*"name":"\([^"]*\)".*/\1/p' ;;
    check:* | sync:* | status:0 | repos:0 | import:0 | auto-import:0 | explain:0 | remove:0 | resume:0)
        _source_host_ask connections --json | sed -n 's/.*"connection":"\([^"]*\)".*/\1/p'
        ;;
    import:* | explain:1 | remove:1) _source_host_column repository 2 ;;
    auto-import:1) _source_host_column organization 1 ;;
    auto-import:2) printf '%s\n' on off ;;
    export:0) _source_host_ask export --json | sed -n 's/.*"name":"\([^"]*\)".*/\1/p' ;;
    store:0) echo copy ;;
    esac
}

_source_host() {
    local IFS=$'\n' current=${COMP_WORDS[COMP_CWORD]}
    mapfile -t COMPREPLY < <(compgen -W "$(_source_host_words "${COMP_WORDS[COMP_CWORD - 1]}" "$current" \
        "${COMP_WORDS[@]:1:COMP_CWORD-1}")" -- "$current")
}

[ -z "${BASH_VERSION-}" ] || complete -o default -F _source_host source-host
