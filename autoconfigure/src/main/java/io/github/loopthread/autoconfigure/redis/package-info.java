/**
 * Auto-configuration of Redis on the loop.
 */
@NullMarked
package io.github.loopthread.autoconfigure.redis;

import org.jspecify.annotations.NullMarked;
