# SPDX-License-Identifier: MIT
# Prints what zsh offers for a line, one a line: asks an interactive zsh as a person does, by a key.
# Usage: zsh -f completions.zsh FOLDER-OF-COMPLETIONS LINE
zmodload zsh/zpty
folder=$1 line=$2
offered=$(mktemp)

zpty shell "zsh -f -i"
zpty -w shell "fpath=(${(q)folder} \$fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=10000"
# What is added to the list is written down, and the list is not shown.
zpty -w shell "compadd() { local -a hits; builtin compadd -O hits \"\$@\"; (( \$#hits )) && print -rl -- \$hits >>$offered; builtin compadd \"\$@\" }"
zpty -w shell "finished() { print -- --finished >>$offered; compstate[insert]=; compstate[list]= }"
zpty -w shell "ask() { comppostfuncs=(finished); _main_complete }; zle -C ask complete-word ask; bindkey '^I' ask"
zpty -w -n shell "$line"$'\t'
for _ in {1..300}; do
  grep --quiet -- --finished "$offered" && break
  sleep 0.1
done
zpty -d shell
grep --invert-match -- --finished "$offered" | sort --unique
rm -f "$offered"
