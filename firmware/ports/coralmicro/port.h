// What the parts of this port know of each other. The agent's own interfaces are in ../../agent.
#ifndef EE_CORALMICRO_PORT_H
#define EE_CORALMICRO_PORT_H

extern "C" {
#include "session.h"
}

namespace eedge {

// Where `eedge flash --device micro` has the SDK's program put the bundle.
inline constexpr char kBundle[] = "/bundle";

// Returns the path of a file that is mapped, or nullptr.
const char* PathOf(const uint8_t* bytes);

// Gives back the memory of a mapped file but for its first bytes: it is known for its path alone.
void LetGo(const uint8_t* bytes);

// Maps what an Edge TPU compiler has made of a file of the bundle at one length, as `compiled.json`
// says: `signature` is "t" and the length. Nothing is mapped, and true returned, where it has made
// nothing; false: there is something, and it cannot be read.
bool MapCompiled(const char* path, const char* signature, ee_mapping* file, ee_error* error);

// Opens TFLite Micro, and the Edge TPU. nullptr: that does not answer.
ee_runtime* OpenRuntime(ee_error* error);

// Serves a host at a time, for ever, at a TCP port of the network that goes over USB.
[[noreturn]] void Serve(ee_session* session);

}  // namespace eedge

#endif
