// SPDX-License-Identifier: MIT
#include "openclaw/launch_wrappers.hpp"

#include <algorithm>
#include <array>

namespace openclaw {
namespace {

using Kind = Wrapper::Kind;

// Those that are met in published units and images, with what their manuals say.
constexpr std::array wrappers{
    Wrapper{"nice", Kind::passes, "", "-n --adjustment"},
    Wrapper{"ionice", Kind::passes, "", "-c --class -n --classdata"},
    Wrapper{"chrt", Kind::passes, "", "-T -P -D --sched-runtime --sched-period --sched-deadline", 1},
    Wrapper{"taskset", Kind::passes, "", "", 1},
    Wrapper{"numactl", Kind::passes, "", "-N -m -C -i -p"},
    Wrapper{"prlimit", Kind::passes},
    Wrapper{"timeout", Kind::passes, "", "-k --kill-after -s --signal", 1},
    Wrapper{"stdbuf", Kind::passes, "", "-i -o -e --input --output --error"},
    Wrapper{"unbuffer", Kind::passes},
    Wrapper{"setsid", Kind::passes},
    Wrapper{"nohup", Kind::passes},
    Wrapper{"time", Kind::passes, "", "-f -o --format --output"},
    Wrapper{"flock", Kind::passes, "", "-w --wait --timeout -E --conflict-exit-code", 1},
    Wrapper{"setpriv", Kind::passes, "",
            "--reuid --regid --groups --inh-caps --ambient-caps --bounding-set --securebits --pdeathsig"},
    Wrapper{"systemd-cat", Kind::passes, "", "-t --identifier -p --priority --stderr-priority"},
    Wrapper{"systemd-inhibit", Kind::passes, "", "--what --who --why --mode"},
    Wrapper{"dbus-run-session", Kind::passes, "", "--config-file --dbus-daemon"},
    Wrapper{"xvfb-run", Kind::passes, "",
            "-e --error-file -f --auth-file -n --server-num -p -s --server-args"},
    Wrapper{"tini", Kind::passes, "", "-p -e"},
    Wrapper{"tini-static", Kind::passes, "", "-p -e"},
    Wrapper{"dumb-init", Kind::passes, "", "-r --rewrite"},
    Wrapper{"catatonit", Kind::passes},
    Wrapper{"proxychains", Kind::passes, "", "-f"},
    Wrapper{"proxychains4", Kind::passes, "", "-f"},
    Wrapper{"torsocks", Kind::passes, "", "-a -P -u -p"},
    Wrapper{"firejail", Kind::passes},

    Wrapper{"op", Kind::adds, "run", "--env-file --account --config --session", 0, true},
    Wrapper{"doppler", Kind::adds, "run", "-p --project -c --config -t --token --scope --config-dir", 0,
            true},
    Wrapper{"infisical", Kind::adds, "run", "--env --projectId --path --token --domain", 0, true},
    Wrapper{"dotenvx", Kind::adds, "run", "-f --env-file -e --env -fk --env-keys-file", 0, true},
    Wrapper{"dotenv", Kind::adds, "", "-e -c -v -p", 0, true},
    Wrapper{"env-cmd", Kind::adds, "", "-f --file -e --environments -r --rc-file"},
    Wrapper{"cross-env", Kind::adds},
    Wrapper{"bws", Kind::adds, "run", "--project-id -t --access-token", 0, true},
    Wrapper{"teller", Kind::adds, "run", "-c --config", 0, true},
    Wrapper{"aws-vault", Kind::adds, "exec", "-d --duration -t --mfa-token", 1, true},
    Wrapper{"chamber", Kind::adds, "exec", "-b --backend", 1, true},
    Wrapper{"sops", Kind::adds, "exec-env", "--config --input-type", 1},
    Wrapper{"envchain", Kind::adds, "", "", 1},
    Wrapper{"envdir", Kind::adds, "", "", 1},
    Wrapper{"direnv", Kind::adds, "exec", "", 1},
    Wrapper{"vault-env", Kind::adds},
    Wrapper{"with-contenv", Kind::adds},

    Wrapper{"mise", Kind::selects, "exec x", "-C --cd -j --jobs", 0, true},
    Wrapper{"rtx", Kind::selects, "exec x", "-j --jobs", 0, true},
    Wrapper{"asdf", Kind::selects, "exec"},
    Wrapper{"volta", Kind::selects, "run", "--node --npm --pnpm --yarn"},
    Wrapper{"fnm", Kind::selects, "exec", "--using --fnm-dir --node-dist-mirror"},
    Wrapper{"nvm-exec", Kind::selects},
    Wrapper{"nodenv", Kind::selects, "exec"},
    Wrapper{"conda", Kind::selects, "run", "-n --name -p --prefix --cwd"},
    Wrapper{"micromamba", Kind::selects, "run", "-n --name -p --prefix --cwd -r"},

    Wrapper{"npx", Kind::leads, "", "-p --package -w --workspace -c --call"},
    Wrapper{"pnpx", Kind::leads, "", "--package"},
    Wrapper{"bunx", Kind::leads, "", "-p --package"},
    Wrapper{"npm", Kind::leads, "exec x", "-p --package --prefix"},
    Wrapper{"pnpm", Kind::leads, "exec dlx", "-C --dir -F --filter"},
    Wrapper{"yarn", Kind::leads, "exec dlx", "--cwd"},
    Wrapper{"corepack", Kind::leads, "pnpm yarn npm"},

    Wrapper{"sh", Kind::shell},
    Wrapper{"bash", Kind::shell},
    Wrapper{"dash", Kind::shell},
    Wrapper{"zsh", Kind::shell},
    Wrapper{"ksh", Kind::shell},
    Wrapper{"ash", Kind::shell},
    Wrapper{"rbash", Kind::shell},

    Wrapper{"docker", Kind::container},
    Wrapper{"docker-compose", Kind::container},
    Wrapper{"podman", Kind::container},
    Wrapper{"podman-compose", Kind::container},
    Wrapper{"nerdctl", Kind::container},
    Wrapper{"lxc", Kind::container},
    Wrapper{"lxc-attach", Kind::container},
    Wrapper{"lxc-start", Kind::container},
    Wrapper{"incus", Kind::container},
    Wrapper{"systemd-nspawn", Kind::container},
    Wrapper{"machinectl", Kind::container},
    Wrapper{"kubectl", Kind::container},
    Wrapper{"chroot", Kind::container},
    Wrapper{"unshare", Kind::container},
    Wrapper{"nsenter", Kind::container},
    Wrapper{"bwrap", Kind::container},
    Wrapper{"distrobox", Kind::container},
    Wrapper{"toolbox", Kind::container},
    Wrapper{"flatpak", Kind::container, "run"},

    Wrapper{"systemctl", Kind::manager},
    Wrapper{"systemd-run", Kind::manager},
    Wrapper{"service", Kind::manager},
    Wrapper{"rc-service", Kind::manager},
    Wrapper{"supervisorctl", Kind::manager},
    Wrapper{"supervisord", Kind::manager},
    Wrapper{"pm2", Kind::manager},
    Wrapper{"pm2-runtime", Kind::manager},
    Wrapper{"forever", Kind::manager},
    Wrapper{"screen", Kind::manager},
    Wrapper{"tmux", Kind::manager},

    Wrapper{"sudo", Kind::another_user},
    Wrapper{"doas", Kind::another_user},
    Wrapper{"su", Kind::another_user},
    Wrapper{"runuser", Kind::another_user},
    Wrapper{"gosu", Kind::another_user},
    Wrapper{"su-exec", Kind::another_user},
    Wrapper{"s6-setuidgid", Kind::another_user},
    Wrapper{"chpst", Kind::another_user},
    Wrapper{"start-stop-daemon", Kind::another_user},
};

}  // namespace

const Wrapper* find_wrapper(std::string_view name) {
  const auto row = std::ranges::find(wrappers, name, &Wrapper::name);
  return row == wrappers.end() ? nullptr : &*row;
}

bool is_listed(std::string_view list, std::string_view word) {
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(' ', at), list.size());
    if (list.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace openclaw
