#include "vectors.h"

#if defined(__x86_64__) && defined(__GNUC__)

__attribute__((target("avx"))) static void clear(void)
{
    __builtin_ia32_vzeroupper();
}

void ee_clear_vectors(void)
{
    if (__builtin_cpu_supports("avx")) {
        clear();
    }
}

#else

void ee_clear_vectors(void)
{
}

#endif
