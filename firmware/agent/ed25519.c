#include "ed25519.h"

#include "symbol.h"

#include <dlfcn.h>
#include <stdlib.h>

enum { OPENSSL_ED25519 = 1087 }; /* NID_ED25519 of its obj_mac.h */

/* The functions are those of <openssl/evp.h>, <openssl/curve25519.h> and
 * <sodium/crypto_sign_ed25519.h>; one group of them is there. */
struct ee_ed25519 {
    void *library;

    void *(*EVP_PKEY_new_raw_public_key)(int type, void *engine, const uint8_t *key, size_t size);
    void (*EVP_PKEY_free)(void *key);
    void *(*EVP_MD_CTX_new)(void);
    void (*EVP_MD_CTX_free)(void *context);
    int (*EVP_DigestVerifyInit)(void *context, void **parameters, const void *digest, void *engine,
                                void *key);
    int (*EVP_DigestVerify)(void *context, const uint8_t *signature, size_t signature_size,
                            const uint8_t *text, size_t size);

    int (*ED25519_verify)(const uint8_t *text, size_t size, const uint8_t *signature,
                          const uint8_t *key);

    int (*crypto_sign_ed25519_verify_detached)(const uint8_t *signature, const uint8_t *text,
                                               unsigned long long size, const uint8_t *key);
};

static bool find_functions(struct ee_ed25519 *checker)
{
#define FIND(name) ee_symbol(checker->library, #name, &checker->name)
    return FIND(crypto_sign_ed25519_verify_detached) || FIND(ED25519_verify) ||
           (FIND(EVP_PKEY_new_raw_public_key) && FIND(EVP_PKEY_free) && FIND(EVP_MD_CTX_new) &&
            FIND(EVP_MD_CTX_free) && FIND(EVP_DigestVerifyInit) && FIND(EVP_DigestVerify));
#undef FIND
}

struct ee_ed25519 *ee_ed25519_open(struct ee_error *error)
{
    static const char *const names[] = {"libcrypto.so.3", "libsodium.so.23", "libcrypto.so.1.1",
                                        "libcrypto.so"};
    for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
        struct ee_ed25519 *checker = calloc(1, sizeof *checker);
        if (checker == NULL) {
            break;
        }
        checker->library = dlopen(names[at], RTLD_NOW | RTLD_LOCAL);
        if (checker->library != NULL && find_functions(checker)) {
            return checker;
        }
        ee_ed25519_close(checker);
    }
    (void)ee_fail(error, "SignatureError", "install OpenSSL or libsodium",
                  "signatures cannot be checked: there is neither libcrypto nor libsodium");
    return NULL;
}

void ee_ed25519_close(struct ee_ed25519 *checker)
{
    if (checker != NULL && checker->library != NULL) {
        (void)dlclose(checker->library);
    }
    free(checker);
}

static bool holds_by_openssl(const struct ee_ed25519 *openssl, const uint8_t *signature,
                             const uint8_t *text, size_t size, const uint8_t *key)
{
    void *public = openssl->EVP_PKEY_new_raw_public_key(OPENSSL_ED25519, NULL, key, EE_KEY_SIZE);
    void *context = openssl->EVP_MD_CTX_new();
    const bool holds =
        public != NULL && context != NULL &&
        openssl->EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1 &&
        openssl->EVP_DigestVerify(context, signature, EE_SIGNATURE_SIZE, text, size) == 1;
    openssl->EVP_MD_CTX_free(context);
    openssl->EVP_PKEY_free(public);
    return holds;
}

bool ee_ed25519_holds(const struct ee_ed25519 *checker, const uint8_t signature[EE_SIGNATURE_SIZE],
                      const uint8_t *text, size_t size, const uint8_t key[EE_KEY_SIZE])
{
    if (checker->crypto_sign_ed25519_verify_detached != NULL) {
        return checker->crypto_sign_ed25519_verify_detached(signature, text, size, key) == 0;
    }
    if (checker->ED25519_verify != NULL) {
        return checker->ED25519_verify(text, size, signature, key) == 1;
    }
    return holds_by_openssl(checker, signature, text, size, key);
}
