//! One file for each attack, named after it. Each ends in a refusal that names what does not hold.

mod arbitrary_package;
mod clock_set_back;
mod dependency_confusion;
mod dropped_history;
mod endless_data;
mod expired_key;
mod fast_forward_recovery;
mod forked_log;
mod freeze;
mod log_rewound;
mod mirror_that_withholds;
mod missing_leaf;
mod mix_and_match;
mod one_key_counted_twice;
mod quiet_log;
mod revoked_key;
mod rollback;
mod slow_drip;
mod stolen_online_keys;
mod stolen_online_keys_recovery;
mod stolen_online_keys_state;
mod swapped_publisher_key;
mod witnesses_removed_in_two_steps;
mod wrong_threshold;
