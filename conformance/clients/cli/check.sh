#!/usr/bin/env bash
# The `nats` command, whose name is in the variable NATS_CLI, against the server in
# NATS_SERVER. Exits with 1 if something is not as it should be.
set -euo pipefail
folder=$CLIENTS_WORK/cli
mkdir -p "$folder"
# Contexts are kept there.
export XDG_CONFIG_HOME=$folder/config
unset NATS_URL NATS_CONTEXT NATS_USER NATS_PASSWORD
server=

finish() {
    if [ -n "$server" ]; then
        kill "$server" 2> /dev/null || true
        wait "$server" || true
    fi
}
trap finish EXIT

nats() { timeout 60 "$NATS_CLI" "$@"; }

serve() { # configuration
    if [ -n "$server" ]; then
        kill "$server"
        wait "$server" || [ $? = 1 ]
        server=
    fi
    rm -rf "$folder/ports" && mkdir "$folder/ports"
    printf '%s\nports_file_dir: "%s"\n' "$1" "$folder/ports" > "$folder/server.conf"
    "$NATS_SERVER" -a 127.0.0.1 -p -1 -c "$folder/server.conf" -l "$folder/server.log" &
    server=$!
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

key_value() {
    nats kv add settings --history 3
    nats kv put settings color blue
    nats kv put settings color green
    [ "$(nats kv get settings color --raw)" = green ]
    nats kv ls settings > "$folder/keys"
    expect color "$folder/keys"
    nats kv history settings color > "$folder/history"
    expect blue "$folder/history"
    nats kv del settings color --force
    refused kv get settings color --raw
    nats kv del settings --force
}

objects() {
    head -c 700000 /dev/urandom > "$folder/object"
    nats object add files
    nats object put files "$folder/object" --name big --no-progress --force
    nats object get files big --output "$folder/copy" --no-progress --force
    cmp "$folder/object" "$folder/copy"
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
    streams key_value objects; do
    check "$name"
done
serve "$(cat "$CLIENTS_WORK/users.conf")"
check user
check nkey
serve "$(cat "$CLIENTS_WORK/tls.conf")"
check tls
exit "$failed"
