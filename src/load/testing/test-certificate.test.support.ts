/*
 * A certificate and its key for tests of https alone: self-signed for localhost and 127.0.0.1 until 2126, trusted by
 * nobody. openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500
 *   -subj "/CN=framestorm test" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1"
 */

export const testCertificate = `-----BEGIN CERTIFICATE-----
MIIBqDCCAU2gAwIBAgIUdYnDLS1gxSjULrbdNUtyC1BGLAAwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPZnJhbWVzdG9ybSB0ZXN0MCAXDTI2MTEyNDA2MzQzN1oYDzIx
MjYxMDMxMDYzNDM3WjAaMRgwFgYDVQQDDA9mcmFtZXN0b3JtIHRlc3QwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAAS6CdEy2wjmSFMXNjC1K+w0M5dP43XfdgEW5QBj
aHhXgL1IeV1I6JVTORPnwuIpkLSPy87AWqhRf7HoLdBoOaueo28wbTAdBgNVHQ4E
FgQULcnuow/bcGVB2do0vZPZsQABF/MwHwYDVR0jBBgwFoAULcnuow/bcGVB2do0
vZPZsQABF/MwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SH
BH8AAAEwCgYIKoZIzj0EAwIDSQAwRgIhAKflzF1urK6jM3iB8KUkyq0sIP5Q7O1/
MQLGsLGh5aTzAiEApEaAkcEm8m+/5GeYeyZFRuLo42gcQ2iyZvSWOEoJdTA=
-----END CERTIFICATE-----`

export const testKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfsoZeHHiB/4KSSIg
y1kmtXxkDFIupFuz6GbVo4GclGGhRANCAAS6CdEy2wjmSFMXNjC1K+w0M5dP43Xf
dgEW5QBjaHhXgL1IeV1I6JVTORPnwuIpkLSPy87AWqhRf7HoLdBoOaue
-----END PRIVATE KEY-----`
