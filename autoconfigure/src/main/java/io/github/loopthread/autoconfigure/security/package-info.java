/**
 * Auto-configuration for Spring Security: its support for {@code WebClient} in servlet
 * applications works on the loop too.
 */
@NullMarked
package io.github.loopthread.autoconfigure.security;

import org.jspecify.annotations.NullMarked;
