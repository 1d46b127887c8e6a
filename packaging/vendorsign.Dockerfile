# Distroless static has the root certificates that the vendors' TLS needs, and no shell.
FROM gcr.io/distroless/static-debian12:nonroot
ARG TARGETPLATFORM
COPY $TARGETPLATFORM/vendorsign /usr/bin/vendorsign
ENTRYPOINT ["/usr/bin/vendorsign"]
