/**
 * Auto-configuration of the endpoint of the loop.
 */
@NullMarked
package io.github.loopthread.autoconfigure.endpoint;

import org.jspecify.annotations.NullMarked;
