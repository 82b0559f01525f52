/* Bytes in, bytes out: the loop of the agent. */
#ifndef EE_SERVE_H
#define EE_SERVE_H

#include "session.h"

/* Serves one session over two file descriptors, until the other end is gone. False: the link
 * broke. */
bool ee_serve(struct ee_session *session, int in, int out);

#endif
