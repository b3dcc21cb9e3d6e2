#!/usr/bin/env bash
# Plays real clients to our server; see README.md. Exits with 1 if one of them is
# not content.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
wanted=("$@")
[ ${#wanted[@]} -gt 0 ] || wanted=(python node cli)

if [ -z "${NATS_SERVER:-}" ]; then
    (cd "$root" && cargo build --quiet -p nats-server --bin nats-server)
    NATS_SERVER=${CARGO_TARGET_DIR:-$root/target}/debug/nats-server
fi
NATS_SERVER=$(realpath "$(command -v "$NATS_SERVER")")
NATS_CLI=${NATS_CLI:-nats}
# What is fetched stays here for the next run, outside of version control.
cache=${CLIENTS_CACHE:-$root/target/clients}
mkdir -p "$cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CLIENTS_WORK=$work
# A key made for this and used nowhere else, and one that the server does not know.
CLIENTS_SEED=SUAIAOB4YZFC5SJFLIXCR2VVZFJFOHKRBVJOOZQT32FU277G2HXSGDHZXM
CLIENTS_OTHER_SEED=SUAFQYH6AF4T6X4RWOXXXHEFWZHV64VXOEMBOB3QK6DPCQLXSXL24DLBOU
export NATS_SERVER NATS_CLI CLIENTS_WORK CLIENTS_SEED CLIENTS_OTHER_SEED

certificate() { # name, subject alternative names
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$1" \
        -keyout "$work/$1.key" -out "$work/$1.csr" 2>/dev/null
    openssl x509 -req -days 2 -in "$work/$1.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" \
        -CAcreateserial -extfile <(echo "subjectAltName=$2") -out "$work/$1.pem" 2>/dev/null
}
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=authority" \
    -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
certificate server "IP:127.0.0.1,DNS:localhost"
certificate client "DNS:client"

cat > "$work/tls.conf" <<EOF
tls {
  cert_file: "$work/server.pem"
  key_file: "$work/server.key"
  ca_file: "$work/ca.pem"
  verify: true
}
EOF
# The password of bob is `hashed`.
cat > "$work/users.conf" <<'EOF'
authorization {
  users: [
    { user: ann, password: secret
      permissions: { publish: ["public.>"], subscribe: ["public.>", "_INBOX.>"] } }
    { user: bob, password: "$2a$04$G2IJNjXK5AdMrRdcNjmj.uvPWgfpbl1KDM9ATDCQKYJL7JUCnflcq" }
    { nkey: UCW2FTMSEQMDKTDQVWX6XMHRREALD3S5OF322DB27BD2JS2ARW47GW3S }
  ]
}
EOF

python() {
    local venv=$cache/python
    if ! cmp -s "$here/python/requirements.txt" "$venv/requirements.txt"; then
        python3 -m venv --clear "$venv"
        "$venv/bin/pip" install --quiet --disable-pip-version-check \
            -r "$here/python/requirements.txt"
        cp "$here/python/requirements.txt" "$venv/"
    fi
    "$venv/bin/python" -B "$here/python/check.py"
}

node_js() {
    local modules=$cache/node
    mkdir -p "$modules"
    if ! cmp -s "$here/node/package.json" "$modules/package.json"; then
        rm -rf "$modules/node_modules"
        cp "$here/node/package.json" "$modules/package.json.new"
        (cd "$modules" && mv package.json.new package.json &&
            npm install --silent --no-audit --no-fund --no-package-lock) ||
            { rm -f "$modules/package.json"; return 1; }
    fi
    # Modules are looked for beside the program.
    cp "$here"/node/*.mjs "$modules/"
    (cd "$modules" && node check.mjs)
}

failed=0
for client in "${wanted[@]}"; do
    case $client in
        python) python || failed=1 ;;
        node) node_js || failed=1 ;;
        cli) "$here/cli/check.sh" || failed=1 ;;
        *) echo "no such client: $client" >&2; exit 2 ;;
    esac
done
[ "$failed" = 0 ] && echo "all clients are content" || echo "something failed" >&2
exit "$failed"
