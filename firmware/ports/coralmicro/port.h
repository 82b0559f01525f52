// What the parts of this port know of each other. The agent's own interfaces are in ../../agent.
#ifndef EE_CORALMICRO_PORT_H
#define EE_CORALMICRO_PORT_H

extern "C" {
#include "session.h"
}

namespace eedge {

// Where `eedge flash --device micro` has the SDK's program put the bundle.
inline constexpr char kBundle[] = "/bundle";

// Returns the path of a file that is mapped, for what is said of it; nullptr: none is there.
const char* PathOf(const uint8_t* bytes);

// Opens TFLite Micro, and the Edge TPU. nullptr: that does not answer.
ee_runtime* OpenRuntime(ee_error* error);

// Serves a host at a time, for ever, at a TCP port of the network that goes over USB.
[[noreturn]] void Serve(ee_session* session);

}  // namespace eedge

#endif
