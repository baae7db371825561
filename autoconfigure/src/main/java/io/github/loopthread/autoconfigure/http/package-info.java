/**
 * Auto-configuration of the shared {@code WebClient}, and of HTTP interfaces.
 */
@NullMarked
package io.github.loopthread.autoconfigure.http;

import org.jspecify.annotations.NullMarked;
