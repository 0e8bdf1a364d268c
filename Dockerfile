# The sandbox in a container: one static binary, run by a user without rights.
#
#   docker build -t jdy-sandbox .
#   docker run --rm -p 127.0.0.1:8080:8080 jdy-sandbox --admin-anywhere
FROM rust:1-alpine AS build
RUN apk add --no-cache build-base
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package jdy-cli --bin jdy

FROM scratch
COPY --from=build /src/target/release/jdy /jdy
USER 65534:65534
EXPOSE 8080
# Ctrl-C ends it, so `docker stop` sends the same signal.
STOPSIGNAL SIGINT
ENTRYPOINT ["/jdy", "sandbox", "--listen", "0.0.0.0:8080", "--beyond-loopback"]
