# Commands and options are those that --help of the program names, so that the two cannot disagree.

function __openclaw_help
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l path
    set -l help ($words[1] --help 2>/dev/null)
    for word in $words[2..-1]
        if contains -- $word (string match --regex --groups-only '^  ([a-z]+)  ' -- (string join \n -- $help | awk '/^[A-Z].*:$/ { inside = /^Commands/ || /^Subcommands/ } inside' | string collect | string split \n))
            set --append path $word
            set help ($words[1] $path --help 2>/dev/null)
        end
    end
    printf '%s\n' $help
end

function __openclaw_commands
    __openclaw_help | awk '/^[A-Z].*:$/ { inside = /^Commands/ || /^Subcommands/ } inside && /^  [a-z]/ { name = $1; $1 = ""; sub(/^ /, ""); print name "\t" $0 }'
end

function __openclaw_options
    set -l program (commandline --tokenize --cut-at-cursor --current-process)[1]
    begin
        __openclaw_help
        $program --help 2>/dev/null
    end | awk '/^  (-[a-z],)?--[a-z-]+/ { name = $1; sub(/.*,/, "", name); sub(/^  [^ ]+( [A-Z]+)? */, ""); print name "\t" $0 }' | sort --unique
end

function __openclaw_releases
    for folder in /var/lib/openclaw-update/releases/*/
        basename $folder
    end
end

function __openclaw_versions
    __openclaw_releases | string replace --regex -- '-[^-]*$' ''
end

function __openclaw_gateways
    printf 'default\n'
    for file in /etc/openclaw/gateways.d/*.ini
        basename $file .ini
    end
end

function __openclaw_after
    contains -- (commandline --tokenize --cut-at-cursor --current-process)[-1] $argv
end

# Neither an option nor the value of one is typed.
function __openclaw_wants_command
    not string match --quiet -- '-*' (commandline --current-token)
    and not __openclaw_after --gateway --channel --from --to pin rehearse rollback --from-user --to-user --settings --config \
        export import --state-dir --stage-dir --package-root
end

for program in openclaw-update openclaw-install-deps openclaw-health
    complete --command $program --no-files
    complete --command $program --condition '__openclaw_after --gateway' --arguments '(__openclaw_gateways)'
    complete --command $program --condition '__openclaw_after --channel' --arguments 'latest beta'
    complete --command $program --condition '__openclaw_after --from --to pin rehearse rollback' --arguments '(__openclaw_versions)'
    complete --command $program --condition '__openclaw_after rollback' --arguments '(__openclaw_releases)'
    complete --command $program --condition '__openclaw_after export; and not contains -- snapshot (commandline --tokenize --current-process)' --arguments '(__openclaw_releases)'
    complete --command $program --condition '__openclaw_after --from-user --to-user' --arguments '(__fish_complete_users)'
    complete --command $program --condition '__openclaw_after --settings --config export import' --force-files
    complete --command $program --condition '__openclaw_after --state-dir --stage-dir --package-root' --arguments '(__fish_complete_directories)'
    complete --command $program --condition 'string match --quiet -- "-*" (commandline --current-token)' --arguments '(__openclaw_options)'
    complete --command $program --condition __openclaw_wants_command --arguments '(__openclaw_commands)'
end
