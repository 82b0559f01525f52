/* The even and odd samples are the real and imaginary parts of a complex signal of half the length,
 * whose spectrum is taken in place and then parted (Cooley and Tukey 1965; Sorensen et al. 1987).
 */
#include "fft.h"

#include <stdbool.h>

static void swap(double *one, double *other)
{
    for (size_t lane = 0; lane < 2 * EE_LANES; lane++) {
        const double kept = one[lane];
        one[lane] = other[lane];
        other[lane] = kept;
    }
}

/* Puts complex numbers [count][2][EE_LANES] in the order of their reversed index. */
static void reverse(double *values, size_t count)
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

/* One stage of butterflies between neighbours, whose factor is 1. */
static void first_stage(double *values, size_t count)
{
    for (size_t at = 0; at < count; at += 2) {
        double *restrict a = values + 2 * EE_LANES * at;
        double *restrict b = a + 2 * EE_LANES;
        for (size_t lane = 0; lane < 2 * EE_LANES; lane++) {
            const double kept = a[lane];
            a[lane] = kept + b[lane];
            b[lane] = kept - b[lane];
        }
    }
}

/* Two stages at once, for four numbers that are met in both: in the first (a, b) and (c, d) by the
 * factor w1, in the second (a, c) by w2 and (b, d) by that a quarter of a turn further. */
static void two_stages(double *restrict a, double *restrict b, double *restrict c,
                       double *restrict d, double cos1, double sin1, double cos2, double sin2)
{
    enum { I = EE_LANES };
    for (size_t at = 0; at < EE_LANES; at++) {
        const double b_real = cos1 * b[at] + sin1 * b[I + at];
        const double b_imaginary = cos1 * b[I + at] - sin1 * b[at];
        const double d_real = cos1 * d[at] + sin1 * d[I + at];
        const double d_imaginary = cos1 * d[I + at] - sin1 * d[at];
        const double p_real = a[at] + b_real, p_imaginary = a[I + at] + b_imaginary;
        const double q_real = a[at] - b_real, q_imaginary = a[I + at] - b_imaginary;
        const double r_real = c[at] + d_real, r_imaginary = c[I + at] + d_imaginary;
        const double s_real = c[at] - d_real, s_imaginary = c[I + at] - d_imaginary;
        const double t_real = cos2 * r_real + sin2 * r_imaginary;
        const double t_imaginary = cos2 * r_imaginary - sin2 * r_real;
        /* Times -i, which swaps the parts. */
        const double u_real = cos2 * s_imaginary - sin2 * s_real;
        const double u_imaginary = -(cos2 * s_real + sin2 * s_imaginary);
        a[at] = p_real + t_real, a[I + at] = p_imaginary + t_imaginary;
        b[at] = q_real + u_real, b[I + at] = q_imaginary + u_imaginary;
        c[at] = p_real - t_real, c[I + at] = p_imaginary - t_imaginary;
        d[at] = q_real - u_real, d[I + at] = q_imaginary - u_imaginary;
    }
}

static void transform(double *values, size_t count, const double *cosines, const double *sines)
{
    reverse(values, count);
    size_t half = 1;
    while (4 * half < count) {
        half *= 4;
    }
    const bool is_odd = 2 * half == count; /* the number of stages */
    if (is_odd) {
        first_stage(values, count);
    }
    for (half = is_odd ? 2 : 1; half < count; half *= 4) {
        const size_t one = count / half, two = one / 2; /* the tables are of twice the length */
        const size_t apart = 2 * EE_LANES * half;
        for (size_t begin = 0; begin < count; begin += 4 * half) {
            for (size_t at = 0; at < half; at++) {
                double *a = values + 2 * EE_LANES * (begin + at);
                two_stages(a, a + apart, a + 2 * apart, a + 3 * apart, cosines[at * one],
                           sines[at * one], cosines[at * two], sines[at * two]);
            }
        }
    }
}

/* The power of bin k of the real signal, from bins k and n - k of the complex one. */
static void part(double *restrict power, const double *one, const double *other, double cosine,
                 double sine)
{
    for (size_t lane = 0; lane < EE_LANES; lane++) {
        const double even_real = one[lane] + other[lane];
        const double even_imaginary = one[EE_LANES + lane] - other[EE_LANES + lane];
        const double odd_real = one[EE_LANES + lane] + other[EE_LANES + lane];
        const double odd_imaginary = other[lane] - one[lane];
        const double real = even_real + cosine * odd_real + sine * odd_imaginary;
        const double imaginary = even_imaginary + cosine * odd_imaginary - sine * odd_real;
        power[lane] = (real * real + imaginary * imaginary) / 4;
    }
}

void ee_fft_power(double *signals, size_t size, const double *cosines, const double *sines)
{
    const size_t count = size / 2;
    transform(signals, count, cosines, sines);
    double low[EE_LANES], high[EE_LANES];
    for (size_t at = 0; at <= count / 2; at++) {
        const size_t mirrored = (count - at) % count;
        const double *one = signals + 2 * EE_LANES * at;
        const double *other = signals + 2 * EE_LANES * mirrored;
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
