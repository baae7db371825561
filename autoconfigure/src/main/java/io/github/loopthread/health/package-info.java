/**
 * The health of the loop.
 */
@NullMarked
package io.github.loopthread.health;

import org.jspecify.annotations.NullMarked;
