/**
 * Lettuce on the loop: Redis connections, their name resolution and reconnects live on
 * the loop thread.
 */
@NullMarked
package io.github.loopthread.redis;

import org.jspecify.annotations.NullMarked;
