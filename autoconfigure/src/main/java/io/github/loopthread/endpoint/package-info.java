/**
 * The endpoint that shows a loop and what its tasks are doing.
 */
@NullMarked
package io.github.loopthread.endpoint;

import org.jspecify.annotations.NullMarked;
