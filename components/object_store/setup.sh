#!/bin/sh
# Brings the object store to the wanted state: buckets, accounts, bucket policies, folder markers.
# Safe to run any number of times, and while the store is in use; data is never deleted.
#
# Environment: S3_ENDPOINT and ADMIN_ENDPOINT (URLs without a trailing slash), REGION,
#   ADMIN_ACCESS_KEY and ADMIN_SECRET_KEY, SETUP_DIR and ACCOUNTS_DIR.
# SETUP_DIR: `buckets` (one name a line), `markers` (one bucket/key a line), `policy-<bucket>.json`.
# ACCOUNTS_DIR: one file an account, named after its access key id and holding its secret key.
set -eu
umask 077
: "${S3_ENDPOINT:?}" "${ADMIN_ENDPOINT:?}" "${REGION:?}" "${ADMIN_ACCESS_KEY:?}" "${ADMIN_SECRET_KEY:?}"
: "${SETUP_DIR:?}" "${ACCOUNTS_DIR:?}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/empty"

# request METHOD URL [BODY-FILE]: prints the HTTP status and leaves the answer in $work/answer.
# The key reaches curl on its standard input, because other processes can read its arguments.
# Debian 12's curl signs a request, but leaves the payload hash that S3 requires to its caller.
request() {
    body=${3:-$work/empty}
    hash=$(sha256sum <"$body" | cut -d ' ' -f 1)
    printf 'user = "%s:%s"\n' "$ADMIN_ACCESS_KEY" "$ADMIN_SECRET_KEY" |
        curl --config - --silent --show-error --aws-sigv4 "aws:amz:$REGION:s3" \
            --retry 20 --retry-delay 3 --retry-connrefused --max-time 60 \
            --request "$1" --data-binary "@$body" \
            --header "x-amz-content-sha256: $hash" --header "content-type: application/octet-stream" \
            --output "$work/answer" --write-out '%{http_code}' "$2"
}

# fail METHOD URL STATUS: ends the run with the store's own words; they hold no secret.
fail() {
    echo "object store: $1 $2 answered $3:" >&2
    cat "$work/answer" >&2
    echo >&2
    exit 1
}

# must METHOD URL [BODY-FILE]: a request that has to succeed.
must() {
    status=$(request "$@")
    case $status in 2??) ;; *) fail "$1" "$2" "$status" ;; esac
}

make_bucket() {
    status=$(request PUT "$S3_ENDPOINT/$1")
    case $status in
    2??) echo "bucket $1: created" ;;
    409) grep -q BucketAlreadyOwnedByYou "$work/answer" || fail PUT "$S3_ENDPOINT/$1" "$status" ;;
    *) fail PUT "$S3_ENDPOINT/$1" "$status" ;;
    esac
}

make_account() {
    secret=$(cat "$ACCOUNTS_DIR/$1")
    printf '<MutableProps><Secret>%s</Secret><Role>user</Role></MutableProps>' "$secret" >"$work/body"
    status=$(request PATCH "$ADMIN_ENDPOINT/update-user?access=$1" "$work/body")
    case $status in
    2??) ;;
    404)
        printf '<Account><Access>%s</Access><Secret>%s</Secret><Role>user</Role></Account>' "$1" "$secret" \
            >"$work/body"
        must PATCH "$ADMIN_ENDPOINT/create-user" "$work/body"
        echo "account $1: created"
        ;;
    *) fail PATCH "$ADMIN_ENDPOINT/update-user?access=$1" "$status" ;;
    esac
}

# A bucket without a policy of ours is closed to everyone but the administrator.
# `policy=`, not `policy`: curl signs a parameter without a value in a way that the store does not accept.
set_policy() {
    if [ -f "$SETUP_DIR/policy-$1.json" ]; then
        must PUT "$S3_ENDPOINT/$1?policy=" "$SETUP_DIR/policy-$1.json"
    else
        must DELETE "$S3_ENDPOINT/$1?policy="
    fi
}

# The answer of list-users holds every secret key: only the names are taken from it, and it is never printed.
remove_stale_accounts() {
    must PATCH "$ADMIN_ENDPOINT/list-users"
    grep -o '<Access>[^<]*</Access>' "$work/answer" | sed 's/<[^>]*>//g' >"$work/known" || true
    while read -r account; do
        if [ ! -f "$ACCOUNTS_DIR/$account" ]; then
            must PATCH "$ADMIN_ENDPOINT/delete-user?access=$account"
            echo "account $account: deleted"
        fi
    done <"$work/known"
}

# Accounts come before policies, which may only name accounts that exist, and go after them.
while read -r bucket; do make_bucket "$bucket"; done <"$SETUP_DIR/buckets"
for file in "$ACCOUNTS_DIR"/*; do make_account "${file##*/}"; done
while read -r bucket; do set_policy "$bucket"; done <"$SETUP_DIR/buckets"
remove_stale_accounts
while read -r marker; do must PUT "$S3_ENDPOINT/$marker"; done <"$SETUP_DIR/markers"
echo "object store: ready"
