/* The even and odd samples are the real and imaginary parts of a complex signal of half the length,
 * whose spectrum is taken in place and then parted (Cooley and Tukey 1965; Sorensen et al. 1987). */
#include "fft.h"

static void swap(float *one, float *other)
{
    for (size_t lane = 0; lane < 2 * EE_LANES; lane++) {
        const float kept = one[lane];
        one[lane] = other[lane];
        other[lane] = kept;
    }
}

/* Puts complex numbers [count][2][EE_LANES] in the order of their reversed index. */
static void reverse(float *values, size_t count)
{
    for (size_t at = 1, reversed = 0; at < count; at++) {
        size_t bit = count >> 1;
        for (; reversed & bit; bit >>= 1) {
            reversed ^= bit;
        }
        reversed |= bit;
        if (at < reversed) {
            swap(values + 2 * EE_LANES * at, values + 2 * EE_LANES * reversed);
        }
    }
}

/* One butterfly: (a, b) becomes (a + w b, a - w b). */
static void butterfly(float *restrict a, float *restrict b, float cosine, float sine)
{
    float *a_imaginary = a + EE_LANES, *b_imaginary = b + EE_LANES;
    for (size_t lane = 0; lane < EE_LANES; lane++) {
        const float real = cosine * b[lane] + sine * b_imaginary[lane];
        const float imaginary = cosine * b_imaginary[lane] - sine * b[lane];
        b[lane] = a[lane] - real;
        b_imaginary[lane] = a_imaginary[lane] - imaginary;
        a[lane] += real;
        a_imaginary[lane] += imaginary;
    }
}

static void transform(float *values, size_t count, const float *cosines, const float *sines)
{
    reverse(values, count);
    for (size_t half = 1; half < count; half *= 2) {
        const size_t stride = count / half; /* the tables are of twice the length */
        for (size_t begin = 0; begin < count; begin += 2 * half) {
            for (size_t at = 0; at < half; at++) {
                float *a = values + 2 * EE_LANES * (begin + at);
                butterfly(a, a + 2 * EE_LANES * half, cosines[at * stride], sines[at * stride]);
            }
        }
    }
}

/* The power of bin k of the real signal, from bins k and n - k of the complex one. */
static void part(float *restrict power, const float *one, const float *other, float cosine,
                 float sine)
{
    for (size_t lane = 0; lane < EE_LANES; lane++) {
        const float even_real = one[lane] + other[lane];
        const float even_imaginary = one[EE_LANES + lane] - other[EE_LANES + lane];
        const float odd_real = one[EE_LANES + lane] + other[EE_LANES + lane];
        const float odd_imaginary = other[lane] - one[lane];
        const float real = even_real + cosine * odd_real + sine * odd_imaginary;
        const float imaginary = even_imaginary + cosine * odd_imaginary - sine * odd_real;
        power[lane] = (real * real + imaginary * imaginary) / 4;
    }
}

void ee_fft_power(float *signals, size_t size, const float *cosines, const float *sines)
{
    const size_t count = size / 2;
    transform(signals, count, cosines, sines);
    float low[EE_LANES], high[EE_LANES];
    for (size_t at = 0; at <= count / 2; at++) {
        const size_t mirrored = (count - at) % count;
        const float *one = signals + 2 * EE_LANES * at;
        const float *other = signals + 2 * EE_LANES * mirrored;
        part(low, one, other, cosines[at], sines[at]);
        part(high, other, one, cosines[mirrored], sines[mirrored]);
        /* What was read is needed no more; the powers lie apart until all are there. */
        for (size_t lane = 0; lane < EE_LANES; lane++) {
            signals[2 * EE_LANES * at + lane] = low[lane];
            signals[2 * EE_LANES * mirrored + lane] = high[lane];
        }
    }
    for (size_t at = 1; at < count; at++) {
        for (size_t lane = 0; lane < EE_LANES; lane++) {
            signals[EE_LANES * at + lane] = signals[2 * EE_LANES * at + lane];
        }
    }
}
