/**
 * Auto-configuration of the shared {@code WebClient}.
 */
@NullMarked
package io.github.loopthread.autoconfigure.http;

import org.jspecify.annotations.NullMarked;
