#include "pem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 4096 }; /* of a file */

static const char kind[] = "SignatureError";
static const char tries[] = "eedge sign --new-key FILE writes one to FILE.pub";

/* What stands before the key in DER: SubjectPublicKeyInfo of id-Ed25519 (RFC 8410, section 4). */
static const uint8_t before[] = {0x30, 0x2A, 0x30, 0x05, 0x06, 0x03,
                                 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00};

/* Returns the value of a digit of base64, or -1. */
static int digit(char character)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = character != '\0' ? strchr(digits, character) : NULL;
    return found != NULL ? (int)(found - digits) : -1;
}

/* Decodes base64 up to what is none; returns how many bytes it is, of which `room` are written. */
static size_t decode(const char *text, uint8_t *bytes, size_t room)
{
    size_t count = 0;
    uint32_t held = 0;
    unsigned bits = 0;
    for (; digit(*text) >= 0 || *text == '\n' || *text == '\r'; text++) {
        if (digit(*text) < 0) {
            continue;
        }
        held = held << 6 | (uint32_t)digit(*text);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            if (count < room) {
                bytes[count] = (uint8_t)(held >> bits);
            }
            count++;
        }
    }
    return count;
}

static bool read_text(const char *path, char text[MOST], struct ee_error *error)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return ee_fail(error, kind, NULL, "%s: cannot be read: %s", path, strerror(errno));
    }
    const size_t size = fread(text, 1, MOST - 1, file);
    text[size] = '\0';
    (void)fclose(file);
    return true;
}

bool ee_read_key(const char *path, uint8_t key[EE_KEY_SIZE], struct ee_error *error)
{
    static const char begin[] = "-----BEGIN PUBLIC KEY-----";
    char text[MOST];
    uint8_t bytes[sizeof before + EE_KEY_SIZE];
    if (!read_text(path, text, error)) {
        return false;
    }
    const char *found = strstr(text, begin);
    if (found == NULL || decode(found + strlen(begin), bytes, sizeof bytes) != sizeof bytes ||
        memcmp(bytes, before, sizeof before) != 0) {
        return ee_fail(error, kind, tries, "%s: is no public key of ed25519", path);
    }
    memcpy(key, bytes + sizeof before, EE_KEY_SIZE);
    return true;
}
