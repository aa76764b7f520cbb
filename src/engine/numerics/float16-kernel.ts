/** The conversion of half-precision values, eight at a time, as WebAssembly with 128-bit vectors. */

const four = (value: string): string => `(v128.const i32x4 ${value} ${value} ${value} ${value})`

/**
 * Four halves, their signs extended to 32 bits → four floats: sign, exponent and mantissa are moved to a float's places and scaled by 2^112, which is
 * right for subnormal values, too; what was infinity or not a number is 2^16 or more by then and gets the largest exponent.
 */
const widened = (halves: string): string => `
        (local.set $out (f32x4.mul
          (v128.and (i32x4.shl ${halves} (i32.const 13)) ${four('0x8fffe000')})
          (v128.const f32x4 0x1p112 0x1p112 0x1p112 0x1p112)))
        (local.set $out (v128.or
          (local.get $out)
          (v128.and (f32x4.ge (f32x4.abs (local.get $out)) (v128.const f32x4 0x1p16 0x1p16 0x1p16 0x1p16)) ${four('0x7f800000')})))`

/** Four floats → four halves in the low bits of 32, rounded to nearest even. Normal: 13 bits of the mantissa go, and a carry moves into the exponent as
 * it should. Subnormal: adding a half leaves the bits that a subnormal half has. Too large: infinity, or not a number. */
const narrowed = (floats: string, result: string): string => `
        (local.set $in ${floats})
        (local.set $magnitude (v128.and (local.get $in) ${four('0x7fffffff')}))
        (local.set $out (i32x4.shr_u
          (i32x4.sub
            (i32x4.add
              (i32x4.add (local.get $magnitude) ${four('0xfff')})
              (v128.and (i32x4.shr_u (local.get $magnitude) (i32.const 13)) ${four('1')}))
            ${four('0x38000000')})
          (i32.const 13)))
        (local.set $out (v128.bitselect
          (i32x4.sub (f32x4.add (local.get $magnitude) (v128.const f32x4 0.5 0.5 0.5 0.5)) ${four('0x3f000000')})
          (local.get $out)
          (i32x4.lt_s (local.get $magnitude) ${four('0x38800000')})))
        (local.set $out (v128.bitselect
          (v128.or ${four('0x7c00')} (v128.and (i32x4.gt_s (local.get $magnitude) ${four('0x7f800000')}) ${four('0x200')}))
          (local.get $out)
          (i32x4.ge_s (local.get $magnitude) ${four('0x47800000')})))
        (local.set ${result} (v128.or (local.get $out) (v128.and (i32x4.shr_u (local.get $in) (i32.const 16)) ${four('0x8000')})))`

/** Addresses are in bytes; `values` is a multiple of 8, and not 0. Halves and floats must not overlap. */
export const float16Source = `(module
  (import "run" "memory" (memory 1))

  (func (export "decode") (param $halves i32) (param $floats i32) (param $values i32)
    (local $eight v128) (local $out v128)
    (loop $next
        (local.set $eight (v128.load (local.get $halves)))
        ${widened('(i32x4.extend_low_i16x8_s (local.get $eight))')}
        (v128.store (local.get $floats) (local.get $out))
        ${widened('(i32x4.extend_high_i16x8_s (local.get $eight))')}
        (v128.store offset=16 (local.get $floats) (local.get $out))
        (local.set $halves (i32.add (local.get $halves) (i32.const 16)))
        (local.set $floats (i32.add (local.get $floats) (i32.const 32)))
        (br_if $next (local.tee $values (i32.sub (local.get $values) (i32.const 8))))))

  (func (export "encode") (param $floats i32) (param $halves i32) (param $values i32)
    (local $low v128) (local $high v128) (local $in v128) (local $magnitude v128) (local $out v128)
    (loop $next
        ${narrowed('(v128.load (local.get $floats))', '$low')}
        ${narrowed('(v128.load offset=16 (local.get $floats))', '$high')}
        (v128.store (local.get $halves) (i16x8.narrow_i32x4_u (local.get $low) (local.get $high)))
        (local.set $floats (i32.add (local.get $floats) (i32.const 32)))
        (local.set $halves (i32.add (local.get $halves) (i32.const 16)))
        (br_if $next (local.tee $values (i32.sub (local.get $values) (i32.const 8)))))))`
