/**
 * Auto-configuration of what travels with a task to the loop.
 */
@NullMarked
package io.github.loopthread.autoconfigure.context;

import org.jspecify.annotations.NullMarked;
