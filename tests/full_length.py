"""Which tests run only with `--full-length` (`make test-long`): further cases of what one case beside them tries.

Each line is the beginning of a test's id. `make test` keeps at least one case of each of these functions, or of the
promise behind it; what is left out costs some fifteen minutes of two cores.
"""

PROCESSES = "tests/processes/"
BROWSER = "tests/browser/"
LUNAR = "tests/unit/patients/test_lunar_calendar.py::test_every_lunar_birthday_is_the_solar_day_of_the_other_calendar"
EMBEDDED = "tests/store/test_embedded_mongo.py::"

ONLY_AT_FULL_LENGTH = (
    # the short day at the desk: `make desk-day` lives a long one
    f"{PROCESSES}test_desk_day.py::test_a_day_with_kills_leaves_nobody_behind",
    f"{PROCESSES}test_backup_of_processes.py::test_a_restore_that_was_killed",
    f"{PROCESSES}test_database_lost.py::test_a_full_disk_is_survived_and_left_behind_without_a_hand[abort]",
    f"{PROCESSES}test_database_lost.py::test_a_mongod_that_can_be_started_again_later_is",
    f"{PROCESSES}test_database_lost.py::test_a_service_whose_mongod_cannot_be_started_again",
    f"{PROCESSES}test_desk_outage.py::test_an_answer_that_leaves_while_the_database_dies_is_known_when_it_is_back[19]",
    f"{PROCESSES}test_desk_outage.py::test_an_answer_whose_process_dies_before_the_desk_knows_is_told_by_the_next[in_",
    f"{PROCESSES}test_kill.py::test_a_message_whose_fate_is_certain_is_sent_once[message_claimed]",
    f"{PROCESSES}test_kill.py::test_a_message_whose_fate_is_certain_is_sent_once[right_spent]",
    f"{PROCESSES}test_kill.py::test_a_message_whose_fate_is_certain_is_sent_once[told]",
    f"{PROCESSES}test_kill.py::test_a_message_whose_fate_nobody_knows_is_shown_and_never_repeated[marked",
    f"{PROCESSES}test_kill.py::test_a_message_whose_fate_nobody_knows_is_shown_and_never_repeated[sent",
    f"{PROCESSES}test_kill.py::test_a_push_survives_the_death_of_its_process[finished]",
    f"{PROCESSES}test_kill.py::test_a_push_survives_the_death_of_its_process[handled]",
    f"{PROCESSES}test_kill.py::test_a_push_survives_the_death_of_its_process[written_down]",
    f"{PROCESSES}test_kill.py::test_a_stop_ends_soon_whatever_is_stuck_and_the_next_process_finishes_it[waits]",
    f"{PROCESSES}test_kill.py::test_a_template_message_is_repeated_under_its_own_id_and_seen_once[marked]",
    f"{PROCESSES}test_kill.py::test_an_hour_that_a_vanished_process_was_taking_can_be_had_soon[19]",
    f"{PROCESSES}test_mongod_users.py::test_a_mongod_that_is_killed_beside_anything_comes_back[command+second service]",
    f"{PROCESSES}test_mongod_users.py::test_a_mongod_that_is_killed_beside_anything_comes_back[command+service]",
    f"{PROCESSES}test_mongod_users.py::test_a_mongod_that_is_killed_beside_anything_comes_back[command]",
    f"{PROCESSES}test_mongod_users.py::test_a_mongod_that_is_killed_beside_anything_comes_back[second",
    f"{PROCESSES}test_mongod_users.py::test_a_mongod_that_is_killed_beside_anything_comes_back[service]",
    f"{PROCESSES}test_mongod_users.py::test_every_two_things_at_once_end_ready[command+second service]",
    f"{PROCESSES}test_mongod_users.py::test_every_two_things_at_once_end_ready[command+service]",
    f"{PROCESSES}test_mongod_users.py::test_every_two_things_at_once_end_ready[command]",
    f"{PROCESSES}test_mongod_users.py::test_every_two_things_at_once_end_ready[second",
    f"{PROCESSES}test_mongod_users.py::test_every_two_things_at_once_end_ready[nobody]",
    f"{PROCESSES}test_outage.py::test_a_stop_lets_the_slow_handler_finish[1]",
    f"{PROCESSES}test_outage.py::test_while_the_platform_is_broken_template_messages_wait[answers",
    f"{PROCESSES}test_which_mongodb.py::test_another_mongod_is_started_instead[variable]",
    f"{PROCESSES}test_which_mongodb.py::test_tests_run_against_a_running_replica_set_with_passwords[variable]",
    *(f"{EMBEDDED}test_lost_credentials_are_made_again[{each}-lost" for each in ("None", "short", "\\x00\\xff")),
    f"{EMBEDDED}test_a_damaged_note_is_no_obstacle[{{",
    f"{EMBEDDED}test_a_damaged_note_is_no_obstacle[7]",
    f"{EMBEDDED}test_a_damaged_note_is_no_obstacle[[]]",
    f"{EMBEDDED}test_a_damaged_note_is_no_obstacle[words7]",
    f"{EMBEDDED}test_lost_credentials_are_made_again[-lost1]",
    f"{EMBEDDED}test_lost_credentials_are_made_again[-lost2]",
    f"{EMBEDDED}test_a_folder_of_an_earlier_version_gets_its_user[False]",
    "tests/scenarios/test_check.py::test_no_note_whatever_stands_in_it_is_a_trace[7]",
    "tests/scenarios/test_check.py::test_no_note_whatever_stands_in_it_is_a_trace[[]]",
    "tests/scenarios/test_demo_fortnight.py::test_it_ends_in_the_night_of_a_holiday_too",
    "tests/scenarios/test_backup.py::test_whatever_the_moment_of_backup_and_restore_nobody_reads_anything_twice[0]",
    "tests/scenarios/test_backup.py::test_whatever_the_moment_of_backup_and_restore_nobody_reads_anything_twice[1]",
    "tests/scenarios/test_backup.py::test_whatever_the_moment_of_backup_and_restore_nobody_reads_anything_twice[2]",
    "tests/console/test_behind_proxy.py::test_the_whole_service_works_behind_the_proxy[caddy]",
    # the same powers at the second size, or by the second way
    f"{BROWSER}test_desk.py::test_it_fills_the_window_without_scrolling_and_every_power_is_there[phone]",
    f"{BROWSER}test_desk_endings.py::test_the_wizard_leads_from_the_answer_to_a_greeting_end[phone]",
    f"{BROWSER}test_desk_blocks.py::test_a_supervisor_blocks_and_lifts_and_satisfaction_stands_beside_the_talk[phone]",
    f"{BROWSER}test_desk_photos.py::test_what_is_too_large_or_of_another_kind_is_made_fit_before_it_is_sent[drop",
    f"{BROWSER}test_desk.py::test_enter_that_belongs_to_the_input_method_sends_nothing[chrome-13]",
    f"{BROWSER}test_word_pages.py::test_a_sentence_is_tried_and_a_list_is_changed_and_reset[phone]",
    f"{BROWSER}test_desk_keys.py::test_x_opens_the_talk_of_a_task[phone]",
    f"{BROWSER}test_desk.py::test_enter_that_belongs_to_the_input_method_sends_nothing[chrome-229]",
    f"{BROWSER}test_quality_pages.py::test_the_pages_are_sound_and_the_charts_are_drawn[phone]",
    f"{BROWSER}test_task_pages.py::test_words_photo_and_voice_are_there_for_staff[phone]",
    f"{BROWSER}test_care_pages.py::test_a_step_is_written_with_all_it_may_say_and_refused_beside_the_field[phone]",
    f"{BROWSER}test_care_pages.py::test_what_waits_after_a_gap_is_decided_by_a_person_who_sees_what_it_is[phone]",
    f"{BROWSER}test_care_plan_editor.py::test_a_step_is_added_to_a_plan_and_published[phone]",
    f"{BROWSER}test_followup_pages.py::test_the_form_asks_for_what_the_outcome_needs[phone]",
    # the same by two processes that are killed: test_care_month.py
    "tests/store/test_care_gaps.py::test_every_step_of_many_patients_has_one_outcome_after_two_outages_and_two_processes",
    # that a broken model of the week would be found; the week itself is lived
    "tests/store/test_clinic_week.py::test_a_broken_estimate_and_a_broken_sheet_are_found",
    # by the same script or store function as a case that stays, but slow in a real browser or with real processes
    f"{BROWSER}test_desk.py::test_a_window_in_the_background_still_gives_signs_of_life",
    f"{BROWSER}test_desk.py::test_a_draft_and_its_mode_survive_a_reload_and_stay_with_their_patient",
    f"{BROWSER}test_desk_keys.py::test_a_patient_in_the_middle_of_several_lines_is_hinted_at_until_nothing_comes",
    f"{BROWSER}test_desk_keys.py::test_the_focus_stays_where_it_was_when_what_had_it_is_read_anew",
    f"{BROWSER}test_desk_photos.py::test_a_photo_that_did_not_leave_is_sent_again_as_the_photo",
    f"{BROWSER}test_desk_photos.py::test_a_photo_that_is_taken_back_leaves_no_words_in_the_box",
    f"{BROWSER}test_desk_photos.py::test_a_photo_chosen_for_one_patient_is_not_there_for_the_next",
    f"{PROCESSES}test_outage.py::test_who_was_turned_away_by_a_frozen_database",
    f"{PROCESSES}test_database_lost.py::test_a_mongod_that_freezes_is_replaced",
    f"{PROCESSES}test_kill.py::test_a_push_survives_the_death_of_its_process[hour_taken]",
    f"{PROCESSES}test_kill.py::test_a_stop_ends_soon_whatever_is_stuck_and_the_next_process_finishes_it[holds",
    f"{PROCESSES}test_which_mongodb.py::test_another_mongod_is_started_instead[option]",
    f"{PROCESSES}test_which_mongodb.py::test_a_standalone_server_ends_the_run_with_the_reason",
    f"{PROCESSES}test_which_mongodb.py::test_a_mongod_that_cannot_be_run_is_said",
    f"{PROCESSES}test_which_mongodb.py::test_workers_may_not_share_a_running_one",
    # how long the longest takes, at the command line and in one go
    "tests/scenarios/test_history.py::test_the_demos_patients_are_found_without_any_setting",
    "tests/scenarios/test_history.py::test_the_timeline_command_tells_a_contacts_story",
    "tests/store/test_imports.py::test_five_thousand_rows_in_one_go",
    # day by day against a second calendar: the decades of summer time and of the disputed leap month stay
    *(f"{LUNAR}[{decade}]" for decade in range(1930, 2101, 10) if decade not in {1980, 2030}),
    "tests/unit/spreadsheets/test_reader.py::test_the_longest_and_widest_list_is_within_the_limits",
)
