/**
 * Auto-configuration of the health of the loop.
 */
@NullMarked
package io.github.loopthread.autoconfigure.health;

import org.jspecify.annotations.NullMarked;
