# What of the agent needs no POSIX: ports to microcontrollers are made of it, too.
set(PORTABLE_PARTS
  arena.c boards.c bundle.c calibration.c canonical.c compiled.c encoder.c error.c facts.c fft.c
  flatbuffer.c inline_buffers.c json.c json_query.c loading.c logmel.c manifest.c one_length.c
  recogniser.c rule_fields.c rule_learnt.c rules.c sealed.c segments.c session.c tokens.c
  utterance.c vectors.c work.c)
