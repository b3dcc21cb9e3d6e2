#!/usr/bin/env bash
# The `nats` command, whose name is in the variable NATS_CLI, against the server in
# NATS_SERVER. Exits with 1 if something is not as it should be.
set -euo pipefail
folder=$CLIENTS_WORK/cli
mkdir -p "$folder"
# Contexts are kept there.
export XDG_CONFIG_HOME=$folder/config
unset NATS_URL NATS_CONTEXT NATS_USER NATS_PASSWORD

trap finish EXIT

# The server, which a check may have started anew.
finish() {
    [ -e "$folder/pid" ] || return 0
    server=$(cat "$folder/pid")
    rm "$folder/pid"
    kill "$server"
    waiting "the server ends" has_ended
}

has_ended() { ! kill -0 "$server" 2> /dev/null || grep -qs '^State:.*Z' "/proc/$server/status"; }

nats() { timeout 60 "$NATS_CLI" "$@"; }

serve() { # configuration, port
    finish
    rm -rf "$folder/ports" && mkdir "$folder/ports"
    printf '%s\nports_file_dir: "%s"\n' "$1" "$folder/ports" > "$folder/server.conf"
    "$NATS_SERVER" -a 127.0.0.1 -p "${2:--1}" -c "$folder/server.conf" -l "$folder/server.log" &
    echo $! > "$folder/pid"
    disown
    waiting "the server is ready" compgen -G "$folder/ports/*.ports" > /dev/null
    url=$(sed -E 's/.*"nats":\["[a-z]+:\/\/([^"]*)".*/\1/' "$folder"/ports/*.ports)
}

waiting() { # what, command...
    local what=$1
    shift
    for _ in $(seq 400); do
        "$@" && return
        sleep 0.05
    done
    echo "waited in vain: $what" >&2
    return 1
}

context() { # name, options...
    local name=$1
    shift
    # What another context says would be taken over.
    unset NATS_CONTEXT
    nats context add "$name" --server "nats://$url" "$@" > /dev/null
    export NATS_CONTEXT=$name
}

check() { # name of a function
    # A subshell would not stop at the first failure if it stood in a condition. What
    # it began goes with it.
    set +e
    (
        trap 'jobs -p | xargs -r kill 2> /dev/null' EXIT
        set -e
        "$1"
    ) > "$folder/output" 2>&1
    local code=$?
    set -e
    if [ "$code" = 0 ]; then
        echo "ok      nats $1"
    else
        echo "FAILED  nats $1"
        cat "$folder/output" >&2
        failed=1
    fi
}

expect() { # pattern, file
    grep -Eq -- "$1" "$2" || { echo "no \`$1\` in:" >&2; cat "$2" >&2; return 1; }
}

refused() {
    if nats "$@" > "$folder/refused" 2>&1; then
        echo "it should fail: nats $*" >&2
        return 1
    fi
}

# Subscribes in the background; what comes goes to a file.
listening() { # file, subject and options...
    local file=$1
    shift
    "$NATS_CLI" sub "$@" > "$file" 2>&1 &
    # The command says so before the server knows.
    waiting "$* is subscribed" grep -q "Subscribing on" "$file"
    nats rtt > /dev/null
}

publish_and_subscribe() {
    listening "$folder/sub" "news.>" --count 3
    local sub=$!
    nats pub news.a "first" -H Color:blue
    nats pub news.b "message {{.Count}}" --count 2
    wait "$sub"
    expect 'Received on "news.a"' "$folder/sub"
    expect 'Color: blue' "$folder/sub"
    expect '^first' "$folder/sub"
    expect '^message 2' "$folder/sub"
}

request_and_reply() {
    "$NATS_CLI" reply ask "answer {{.Request}}" > "$folder/reply" 2>&1 &
    waiting "somebody replies" nats request ask probe --raw --timeout 1s > /dev/null 2>&1
    nats request ask "me" --raw > "$folder/request"
    expect '^answer me' "$folder/request"
    nats request nobody "me" > "$folder/nobody" 2>&1 || true
    expect 'No responders' "$folder/nobody"
}

queue_group() {
    listening "$folder/one" work --queue q
    listening "$folder/two" work --queue q
    nats pub work "{{.Count}}" --count 100
    come() { [ "$(cat "$folder/one" "$folder/two" | grep -c 'Received on')" -ge 100 ]; }
    waiting "all have come" come
    [ "$(cat "$folder/one" "$folder/two" | grep -c 'Received on')" = 100 ]
    [ "$(grep -c 'Received on' "$folder/one")" -gt 10 ]
    [ "$(grep -c 'Received on' "$folder/two")" -gt 10 ]
}

round_trip() {
    nats rtt 3 > "$folder/rtt"
    expect "127.0.0.1" "$folder/rtt"
}

server_check() {
    nats server check connection > "$folder/check"
    expect '^OK Connection' "$folder/check"
}

streams() {
    nats stream add ORDERS --subjects "orders.*" --defaults
    for number in 1 2 3; do nats request "orders.$number" "order $number"; done
    nats stream info ORDERS --json > "$folder/info"
    expect '"messages": 3' "$folder/info"
    nats consumer add ORDERS worker --pull --ack explicit --defaults
    nats consumer next ORDERS worker --count 3 --ack --raw > "$folder/next"
    expect '^order 1' "$folder/next"
    expect '^order 3' "$folder/next"
    nats consumer info ORDERS worker --json > "$folder/consumer"
    expect '"num_pending": 0' "$folder/consumer"
    nats stream get ORDERS 2 > "$folder/get"
    expect 'order 2' "$folder/get"
    nats server check stream --stream ORDERS > "$folder/check"
    expect '^OK' "$folder/check"
    nats stream rm ORDERS --force
    refused stream info ORDERS
}

# The server comes back on its port with what it had.
restart() {
    serve "$(sed '$d' "$folder/server.conf")" "${url##*:}"
}

stream_management() {
    nats stream add LOG --subjects "log.*" --max-msgs-per-subject 2 --description first --defaults
    refused stream add LOG --subjects "log.*" --max-msgs 7 --defaults
    expect '10058' "$folder/refused"
    nats stream edit LOG --subjects "log.*,more" --description second --force
    for number in 0 1 2 3 4 5 6 7 8; do nats req "log.$((number % 3))" "$number" > /dev/null; done
    nats stream subjects LOG --json > "$folder/subjects"
    expect '"log.2": 2' "$folder/subjects"
    nats stream purge LOG --subject log.0 --keep 1 --force
    nats stream purge LOG --seq 6 --force
    nats stream rmm LOG 8 --force
    refused stream get LOG 8
    nats stream get LOG --last-for log.2 > "$folder/get"
    expect '#9' "$folder/get"
    nats stream copy LOG COPY --subjects copy
    nats stream ls --names > "$folder/names"
    expect '^COPY$' "$folder/names"
    nats stream report > "$folder/report"
    expect 'LOG' "$folder/report"
    nats stream seal COPY --force
    nats req copy x > "$folder/sealed"
    expect 'sealed' "$folder/sealed"
    restart
    nats stream info LOG --json > "$folder/info"
    expect '"description": "second"' "$folder/info"
    expect '"messages": 3' "$folder/info"
    expect '"num_deleted": 1' "$folder/info"
    nats stream rm LOG --force
    nats stream rm COPY --force
}

consumers() {
    nats stream add WORK --subjects work --defaults
    for number in 1 2 3 4 5 6; do nats req work "job $number" > /dev/null; done
    nats consumer add WORK pull --pull --ack explicit --wait 1s --max-deliver 5 --defaults
    nats consumer add WORK push --target deliver.push --ack all --deliver last --defaults
    nats consumer add WORK brief --ephemeral --pull --inactive-threshold 1s --defaults
    nats consumer ls WORK --names > "$folder/names"
    [ "$(wc -l < "$folder/names")" = 3 ]
    nats consumer next WORK pull --count 2 --ack --raw > "$folder/next"
    expect '^job 2' "$folder/next"
    nats consumer next WORK pull --nak --raw > "$folder/next"
    expect '^job 3' "$folder/next"
    nats consumer next WORK pull --term --raw > "$folder/next"
    expect '^job 3' "$folder/next"
    nats consumer next WORK pull --no-ack --raw > "$folder/next"
    expect '^job 4' "$folder/next"
    restart
    # What was not acknowledged comes again, and nothing else does.
    nats consumer next WORK pull --count 3 --ack --raw --wait 5s > "$folder/next"
    [ "$(grep -o 'job [0-9]' "$folder/next" | sort | tr -d '\n')" = "job 4job 5job 6" ]
    nats consumer info WORK pull --json > "$folder/info"
    expect '"num_pending": 0' "$folder/info"
    expect '"num_ack_pending": 0' "$folder/info"
    nats sub deliver.push --count 1 --raw > "$folder/push"
    expect '^job 6' "$folder/push"
    nats consumer edit WORK pull --description changed --force
    nats consumer pause WORK pull 1h --force
    nats consumer info WORK pull --json > "$folder/info"
    expect '"paused": true' "$folder/info"
    expect '"description": "changed"' "$folder/info"
    nats consumer resume WORK pull --force
    nats consumer copy WORK pull copied
    nats consumer report WORK > "$folder/report"
    expect copied "$folder/report"
    is_gone() { ! nats consumer info WORK brief > /dev/null 2>&1; }
    waiting "a consumer that nobody uses goes" is_gone
    nats consumer rm WORK copied --force
    refused consumer info WORK copied
    nats stream rm WORK --force
}

backup_and_restore() {
    nats stream add SAVED --subjects "saved.*" --defaults
    nats bench js pub async saved.bench --stream SAVED --msgs 2000 --no-progress
    nats consumer add SAVED reader --pull --ack explicit --defaults
    nats consumer next SAVED reader --count 5 --ack --raw > /dev/null
    nats stream info SAVED --json > "$folder/before"
    nats stream backup SAVED "$folder/backup" --no-progress --check
    nats stream rm SAVED --force
    nats stream restore "$folder/backup" --no-progress
    nats stream info SAVED --json > "$folder/after"
    expect '"messages": 2000' "$folder/after"
    diff <(grep -E '"(bytes|last_seq|first_seq|first_ts|last_ts)"' "$folder/before") \
        <(grep -E '"(bytes|last_seq|first_seq|first_ts|last_ts)"' "$folder/after")
    nats consumer info SAVED reader --json > "$folder/consumer"
    expect '"num_pending": 1995' "$folder/consumer"
    refused stream restore "$folder/backup" --no-progress
    nats stream rm SAVED --force
}

benchmarks() {
    nats bench js pub sync js.bench --create --msgs 500 --no-progress
    nats bench js pub async js.bench --msgs 5000 --clients 2 --no-progress
    nats bench js pub batch js.bench --msgs 1000 --batch 100 --no-progress
    nats stream info benchstream --json > "$folder/info"
    expect '"messages": 6500' "$folder/info"
    nats bench js ordered --msgs 6500 --no-progress
    nats bench js consume --msgs 6500 --clients 2 --acks explicit --no-progress
    nats consumer add benchstream fetched --pull --ack explicit --defaults
    nats bench js fetch --consumer fetched --msgs 6500 --acks explicit --no-progress
    nats stream rm benchstream --force
    nats bench kv put --msgs 500 --no-progress
    nats bench kv get --msgs 500 --no-progress
    nats kv del benchbucket --force
}

key_value() {
    nats kv add settings --history 3
    nats kv put settings color blue
    nats kv put settings color green
    [ "$(nats kv get settings color --raw)" = green ]
    nats kv create settings size small
    refused kv create settings size large
    refused kv update settings size large 1
    nats kv update settings size large 3
    nats kv ls settings > "$folder/keys"
    expect color "$folder/keys"
    nats kv history settings color > "$folder/history"
    expect blue "$folder/history"
    nats kv revert settings color 1 --force
    restart
    [ "$(nats kv get settings color --raw)" = blue ]
    "$NATS_CLI" kv watch settings > "$folder/watch" 2>&1 &
    waiting "what is there is seen" grep -q 'size' "$folder/watch"
    nats kv purge settings size --force
    waiting "the purge is seen" grep -q 'PURGE' "$folder/watch"
    nats kv del settings color --force
    refused kv get settings color --raw
    nats kv compact settings --force
    nats kv info settings > "$folder/info"
    expect 'History Kept: 3' "$folder/info"
    nats kv del settings --force
}

keys_that_expire() {
    nats kv add brief --ttl 1s --marker-ttl 1s
    nats kv put brief a 1
    is_gone() { ! nats kv get brief a --raw > /dev/null 2>&1; }
    waiting "all keys expire" is_gone
    nats stream info KV_brief --json > "$folder/info"
    expect '"subject_delete_marker_ttl": 1000000000' "$folder/info"
    is_empty() { nats stream info KV_brief --json | grep -q '"messages": 0'; }
    waiting "the markers expire too" is_empty
    nats kv del brief --force
}

objects() {
    head -c 700000 /dev/urandom > "$folder/object"
    nats object add files
    nats object put files "$folder/object" --name big --no-progress --force
    nats object get files big --output "$folder/copy" --no-progress --force
    cmp "$folder/object" "$folder/copy"
    echo small > "$folder/small"
    nats object put files "$folder/small" --name little --no-progress --force
    restart
    nats object get files big --output "$folder/copy" --no-progress --force
    cmp "$folder/object" "$folder/copy"
    nats object ls files > "$folder/objects"
    expect big "$folder/objects"
    expect little "$folder/objects"
    nats object info files big > "$folder/info"
    expect 'Size: 684 KiB' "$folder/info"
    nats object del files big --force
    refused object get files big --output "$folder/copy" --no-progress --force
    nats object seal files --force
    refused object put files "$folder/small" --name more --no-progress --force
    nats object del files --force
}

user() {
    context ann --user ann --password secret
    nats rtt > /dev/null
    nats pub public.a x
    context wrong --user ann --password wrong
    refused pub public.a x
    expect 'Authorization Violation' "$folder/refused"
    context nobody
    refused pub public.a x
}

nkey() {
    echo "$CLIENTS_SEED" > "$folder/seed"
    echo "$CLIENTS_OTHER_SEED" > "$folder/other"
    context key --nkey "$folder/seed"
    nats rtt > /dev/null
    context other --nkey "$folder/other"
    refused pub public.a x
}

tls() {
    local key=$CLIENTS_WORK/client
    context certified --tlsca "$CLIENTS_WORK/ca.pem" --tlscert "$key.pem" --tlskey "$key.key"
    nats rtt > /dev/null
    context anonymous --tlsca "$CLIENTS_WORK/ca.pem"
    refused pub public.a x
    context suspicious --tlscert "$key.pem" --tlskey "$key.key"
    refused pub public.a x
}

failed=0
serve "jetstream { store_dir: \"$folder/store\" }"
context plain
for name in publish_and_subscribe request_and_reply queue_group round_trip server_check \
    streams stream_management consumers backup_and_restore benchmarks key_value keys_that_expire \
    objects; do
    check "$name"
done
serve "$(cat "$CLIENTS_WORK/users.conf")"
check user
check nkey
serve "$(cat "$CLIENTS_WORK/tls.conf")"
check tls
exit "$failed"
